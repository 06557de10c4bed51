"""Clips and what belongs to them, as typed objects; docs/http.md explains every field."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field

from tingzhen.client.model import Model
from tingzhen.client.report import Report

ENDED: Final = frozenset({"done", "failed", "cancelled"})


class ClipError(Model):
    """Why there is no report."""

    code: str
    message: str


class Progress(Model):
    """Steps that are over, of all."""

    done: list[str]
    of: list[str]


class LikelyCause(Model):
    fault: str
    name: str
    probability: float
    severity: str


class ClipSummary(Model):
    """noise, damage: verdicts; None while there is none. severity: of the gravest cause that
    stands out; cause: the likeliest. generated: a demonstration."""

    id: str
    state: str
    created_at: datetime
    finished_at: datetime | None
    label: str
    kind: str | None
    bytes: int
    workshop: str | None
    make: str | None
    model: str | None
    noise: str | None
    damage: str | None
    drive: str | None
    severity: str | None
    cause: LikelyCause | None
    generated: bool
    error: ClipError | None
    confirmed_fault: str | None
    session_id: str | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of the analysis."""
        return self.state in ENDED


class Clip(ClipSummary):
    schema_: Literal["tingzhen.clip/1"] = Field(alias="schema")
    sha256: str
    context: dict[str, Any]
    progress: Progress
    heard: dict[str, Any] | None
    report: Report | None


class ClipPage(Model):
    """next_cursor: for the page behind it; None at the end."""

    clips: list[ClipSummary]
    next_cursor: str | None


class Hidden(Model):
    """A blurred place. box: x, y, width, height, 0..1 of the picture."""

    what: str
    box: tuple[float, float, float, float]
    over_finding: bool


class Frame(Model):
    """time_s: its moment in the clip."""

    number: int
    time_s: float
    hidden: list[Hidden]


class Frames(Model):
    frames: list[Frame]


class Case(Model):
    """A confirmed case; what is not known is None."""

    id: str
    opened_on: str
    none_of_these: bool
    fault: str | None = None
    repair: str | None = None
    minutes: float | None = None
    cost_cny: float | None = None
    fixed_first_time: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFilter:
    """Which clips are listed; None asks nothing. since <= created_at < until, with their zones;
    label: a part of it. confirmed: whether the fault is confirmed. sort: newest or urgency."""

    states: tuple[str, ...] = ()
    noise: str | None = None
    damage: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    make: str | None = None
    model: str | None = None
    label: str | None = None
    drives: tuple[str, ...] = ()
    confirmed: bool | None = None
    sort: str | None = None

    def params(self) -> dict[str, Any]:
        return {
            "state": list(self.states) or None, "noise": self.noise, "damage": self.damage,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "make": self.make, "model": self.model, "q": self.label,
            "drive": list(self.drives) or None, "confirmed": self.confirmed, "sort": self.sort,
        }  # fmt: skip
