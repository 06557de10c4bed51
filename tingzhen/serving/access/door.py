"""The gate put into the application, as the settings say."""

from typing import TYPE_CHECKING

from fastapi import FastAPI
from sqlalchemy import Engine

from tingzhen.serving.access.audit import AuditLog
from tingzhen.serving.access.authentication import open_authenticator
from tingzhen.serving.access.failures import Failures
from tingzhen.serving.access.gate import Doorkeeper, Gate

if TYPE_CHECKING:
    from tingzhen.serving.settings import Settings


def add_gate(app: FastAPI, records: Engine, settings: "Settings") -> AuditLog:
    """Add it before every other middleware, so that it is the innermost. The log it writes to is
    the caller's to close. Raises SettingsError."""
    open_actions = {"docs.read": settings.open_docs, "metrics.read": settings.open_metrics}
    authenticator = open_authenticator(records, settings)
    audit = AuditLog(records, kept_days=settings.audit_days)
    app.add_middleware(
        Gate,
        doorkeeper=Doorkeeper(
            authenticator=authenticator, audit=audit,
            failures=Failures(settings.rate_failures_per_min),
            rates={
                "owner": settings.rate_owner_per_min,
                "technician": settings.rate_technician_per_min,
                "engineer": settings.rate_engineer_per_min,
                "admin": settings.rate_admin_per_min,
            },
            open_actions=frozenset(a for a, state in open_actions.items() if state == "on"),
        ),
    )  # fmt: skip
    return audit
