"""A re-analysis as the interface shows it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tingzhen.serving.reanalysis.progress import VERDICTS, Progress
from tingzhen.serving.records import ItemState, Reanalysis, ReanalysisItem

ROOT = "/v1/reanalyses"
State = Literal["running", "done", "cancelled"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClipCounts(_Part):
    """total: that were asked for. deleted: of them, since."""

    total: int = Field(examples=[3])
    waiting: int = Field(examples=[0])
    at_work: int = Field(examples=[1])
    done: int = Field(examples=[1])
    failed: int = Field(examples=[0])
    skipped: int = Field(examples=[1])
    cancelled: int = Field(examples=[0])
    deleted: int = Field(examples=[0])


class ChangeView(_Part):
    """before: null of clips that had no report."""

    before: str | None = Field(examples=["normal"])
    after: str = Field(examples=["abnormal"])
    clips: int = Field(examples=[1])


class Changes(_Part):
    """Of how many clips which verdict changed from what to what, most frequent first."""

    noise: list[ChangeView]
    damage: list[ChangeView]
    diagnosis: list[ChangeView]
    drive: list[ChangeView]


class ReanalysisView(_Part):
    """wanted: which clips were asked for."""

    schema_: Literal["tingzhen.reanalysis/1"] = Field(alias="schema")
    id: str = Field(examples=["0" * 32])
    state: State
    created_at: datetime
    ended_at: datetime | None
    wanted: dict[str, Any] = Field(examples=[{"outdated": ["noise"]}])
    clips: ClipCounts
    reasons: dict[str, int] = Field(
        description="Why clips were skipped or failed, with how many.",
        examples=[{"original_removed": 1}],
    )
    changes: Changes


class ReanalysisPage(_Part):
    """Newest first."""

    schema_: Literal["tingzhen.reanalyses/1"] = Field(alias="schema")
    reanalyses: list[ReanalysisView]
    next_cursor: str | None = Field(description="For `cursor`, to read on; null at the end.")


class BeforeAndAfter(_Part):
    before: str | None
    after: str | None


class ItemView(_Part):
    """One clip of it; the verdicts of the two reports."""

    clip_id: str
    state: ItemState
    reason: str | None
    finished_at: datetime | None
    noise: BeforeAndAfter
    damage: BeforeAndAfter
    diagnosis: BeforeAndAfter
    drive: BeforeAndAfter


class ItemPage(_Part):
    """By their ids."""

    schema_: Literal["tingzhen.reanalysis-clips/1"] = Field(alias="schema")
    clips: list[ItemView]
    next_after: str | None = Field(description="For `after`, to read on; null at the end.")


def view_of(wish: Reanalysis, progress: Progress) -> ReanalysisView:
    counts = progress.counts
    return ReanalysisView(
        schema="tingzhen.reanalysis/1", id=wish.id, state=state_of(wish),
        created_at=wish.created_at, ended_at=wish.ended_at, wanted=wish.wanted,
        clips=ClipCounts(total=wish.total, deleted=wish.total - sum(counts.values()), **counts),
        reasons=progress.reasons,
        changes=Changes(**{
            verdict: [ChangeView(before=c.before, after=c.after, clips=c.clips) for c in found]
            for verdict, found in progress.changes.items()
        }),
    )  # fmt: skip


def state_of(wish: Reanalysis) -> State:
    if wish.ended_at is None:
        return "running"
    return "done" if wish.cancelled_at is None else "cancelled"


def item_view(item: ReanalysisItem) -> ItemView:
    compared = {
        verdict: BeforeAndAfter(
            before=getattr(item, f"{verdict}_before"), after=getattr(item, f"{verdict}_after")
        )
        for verdict in VERDICTS
    }
    return ItemView(
        clip_id=item.clip_id, state=item.state, reason=item.reason, finished_at=item.finished_at,
        **compared,
    )  # fmt: skip
