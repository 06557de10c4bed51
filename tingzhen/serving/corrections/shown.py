"""A correction as others read it: in full within reach, else without who made it and in words."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from tingzhen.serving.access import Access
from tingzhen.serving.records import (
    ClipCorrection,
    ClipRecord,
    CorrectionKind,
    CorrectionTask,
    Role,
)

_WHO = frozenset({"author", "workshop", "note"})


class CorrectionView(BaseModel):
    """What does not belong to its kind is null."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    id: str = Field(examples=["0" * 32])
    clip_id: str
    made_at: datetime
    author: str | None = Field(description="Null for who may not know whose the clip is.")
    role: Role
    workshop: str | None
    kind: CorrectionKind
    task: CorrectionTask
    type: str | None
    instead: str | None
    start_s: float | None
    end_s: float | None
    low_hz: float | None
    high_hz: float | None
    frame: int | None
    time_s: float | None
    x: float | None
    y: float | None
    width: float | None
    height: float | None
    note: str | None
    noise_model: str | None
    damage_model: str | None


def shown_to(access: Access, record: ClipRecord, correction: ClipCorrection) -> CorrectionView:
    """In full where the clip is within the caller's reach, else without author and words."""
    view = CorrectionView.model_validate(correction)
    if access.admits(record.owner, record.workshop):
        return view
    return view.model_copy(update=dict.fromkeys(_WHO))
