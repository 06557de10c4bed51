"""A client of the service for Python programs: `Client(address, token)`; docs/client.md shows it.

Needs the extra `client`; checking webhooks needs nothing more.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from tingzhen.client.webhook_signature import Webhook, verify_webhook

if TYPE_CHECKING:
    from tingzhen.client.client import Client
    from tingzhen.client.clip import Clip, ClipFilter, ClipSummary
    from tingzhen.client.event_stream import Event
    from tingzhen.client.guided_session import GuidedSession
    from tingzhen.client.reanalysis import Reanalysis, ReanalysisFilter
    from tingzhen.client.report import Report

__all__ = [
    "Client",
    "Clip",
    "ClipFilter",
    "ClipSummary",
    "Event",
    "GuidedSession",
    "Reanalysis",
    "ReanalysisFilter",
    "Report",
    "Webhook",
    "verify_webhook",
]

_HOME: Final = {
    "client": ("Client",),
    "clip": ("Clip", "ClipFilter", "ClipSummary"),
    "event_stream": ("Event",),
    "guided_session": ("GuidedSession",),
    "reanalysis": ("Reanalysis", "ReanalysisFilter"),
    "report": ("Report",),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
