"""The gate put into the application, as the settings say, and the first key to it."""

import sys
from typing import TYPE_CHECKING

from fastapi import FastAPI
from sqlalchemy import Engine

from tingzhen.serving.access.audit import AuditLog
from tingzhen.serving.access.authentication import open_authenticator
from tingzhen.serving.access.failures import Failures
from tingzhen.serving.access.gate import Doorkeeper, Gate
from tingzhen.serving.access.page_sessions import PageSessions
from tingzhen.serving.access.tokens import first_admin_token

if TYPE_CHECKING:
    from tingzhen.serving.access.oidc_code_flow import CodeFlow
    from tingzhen.serving.settings import Settings


def add_gate(app: FastAPI, records: Engine, settings: "Settings") -> AuditLog:
    """Add it before every other middleware, so that it is the innermost. The log it writes to is
    the caller's to close. Raises SettingsError."""
    open_actions = {"docs.read": settings.open_docs, "metrics.read": settings.open_metrics}
    authenticator = open_authenticator(records, settings)
    audit = AuditLog(records, kept_days=settings.audit_days)
    doorkeeper = Doorkeeper(
        authenticator=authenticator, audit=audit,
        sessions=PageSessions(
            records, settings.session_idle_hours * 3600,
            over_https=(settings.public_url or "").startswith("https://"),
        ),
        code_flow=_code_flow(settings),
        failures=Failures(settings.rate_failures_per_min),
        rates={
            "owner": settings.rate_owner_per_min,
            "technician": settings.rate_technician_per_min,
            "engineer": settings.rate_engineer_per_min,
            "admin": settings.rate_admin_per_min,
        },
        open_actions=frozenset(a for a, state in open_actions.items() if state == "on"),
    )  # fmt: skip
    app.state.doorkeeper = doorkeeper
    app.add_middleware(Gate, doorkeeper=doorkeeper)
    return audit


def _code_flow(settings: "Settings") -> "CodeFlow | None":
    if settings.oidc_client_id is None:
        return None
    from tingzhen.serving.access.oidc_code_flow import (  # noqa: PLC0415 - only with a provider
        code_flow_of,
    )

    return code_flow_of(settings)


def show_first_token(records: Engine) -> None:
    """On standard error, where there has never been a token; past the log, and never again.

    Raises RecordsUnavailable.
    """
    made = first_admin_token(records)
    if made is not None:
        print(
            "First admin token, shown this once; it is valid until it is revoked:\n"
            f"首个管理员令牌，只显示这一次，收回前一直有效：\n    {made.text}",
            file=sys.stderr, flush=True,
        )  # fmt: skip
