"""One clip in, one report out: the pipeline, the report, the command's and the service's faces.

The public names are imported when they are asked for: the command reads the options of its
subcommands from this room, and must not load the recognisers for `--help`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tingzhen.serving.analysis import Analysis, Timing
    from tingzhen.serving.pipeline import (
        Parts,
        Recognisers,
        analyse,
        load_recognisers,
        start_loading,
    )
    from tingzhen.serving.report.build import build_error, build_report
    from tingzhen.serving.report.model import ErrorReport, Report
    from tingzhen.serving.settings import Settings, default_language, load_settings

__all__ = [
    "Analysis",
    "ErrorReport",
    "Parts",
    "Recognisers",
    "Report",
    "Settings",
    "Timing",
    "analyse",
    "build_error",
    "build_report",
    "default_language",
    "load_recognisers",
    "load_settings",
    "start_loading",
]

_HOME: Final = {
    "analysis": ("Analysis", "Timing"),
    "pipeline": ("Parts", "Recognisers", "analyse", "load_recognisers", "start_loading"),
    "report.build": ("build_error", "build_report"),
    "report.model": ("ErrorReport", "Report"),
    "settings": ("Settings", "default_language", "load_settings"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
