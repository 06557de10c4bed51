"""/v1/audit: who saw or changed what."""

from datetime import datetime
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from tingzhen.serving.access.audit import audit_page
from tingzhen.serving.access.caller import key_of
from tingzhen.serving.http.problems import documented
from tingzhen.serving.service import Service

PAGE = 100
router = APIRouter(prefix="/v1/audit", tags=["access"])
_Key = Annotated[str | None, Query(max_length=256)]


class AuditReport(BaseModel):
    """One deed. outcome: done, refused, or the code of an error."""

    seq: int
    at: datetime
    subject: str = Field(examples=["t017"])
    role: str = Field(examples=["technician"])
    action: str = Field(examples=["clips.read"])
    object_id: str | None
    outcome: str = Field(examples=["done"])


class AuditPage(BaseModel):
    """Deeds, oldest first. next_after: asks for the next ones; null where there are none yet."""

    entries: list[AuditReport]
    next_after: int | None


@router.get("", summary="Who did what",
            responses=documented("upload_invalid", "records_unavailable"))  # fmt: skip
async def read_audit(
    request: Request,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    subject: _Key = None,
    object_id: _Key = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
) -> AuditPage:
    """Of one subject or one object, if it is named. Reading the log stands in the log."""
    service: Service = request.app.state.service

    def page() -> AuditPage:
        found = audit_page(
            service.records, after=after, limit=limit,
            subject=None if subject is None else key_of(subject), object_id=object_id,
        )  # fmt: skip
        entries = [AuditReport.model_validate(e, from_attributes=True) for e in found]
        return AuditPage(entries=entries, next_after=found[-1].seq if len(found) == limit else None)

    return await anyio.to_thread.run_sync(page)
