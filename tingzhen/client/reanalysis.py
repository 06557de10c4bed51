"""Clips analysed again, and the reports that they had, as typed objects; docs/http.md explains
every field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from tingzhen.client.model import Model
from tingzhen.client.report import ModelReport


class ReportVersion(Model):
    """version: 1 is the first. current: it is what `clips.report` gives. noise, damage, diagnosis:
    verdicts."""

    version: int
    current: bool
    made_at: datetime
    models: dict[str, ModelReport]
    noise: str
    damage: str
    diagnosis: str
    drive: str


class ReportList(Model):
    reports: list[ReportVersion]


class ClipCounts(Model):
    """total: that were asked for; the others add up to it."""

    total: int
    waiting: int
    at_work: int
    done: int
    failed: int
    skipped: int
    cancelled: int
    deleted: int


class Change(Model):
    """before: None of clips that had no report. clips: how many."""

    before: str | None
    after: str
    clips: int


class Changes(Model):
    """Most frequent first."""

    noise: list[Change]
    damage: list[Change]
    diagnosis: list[Change]
    drive: list[Change]


class Reanalysis(Model):
    """state: running, done, cancelled. reasons: why clips were skipped or failed, with how many."""

    schema_: Literal["tingzhen.reanalysis/1"] = Field(alias="schema")
    id: str
    state: str
    created_at: datetime
    ended_at: datetime | None
    wanted: dict[str, Any]
    clips: ClipCounts
    reasons: dict[str, int]
    changes: Changes

    @property
    def ended(self) -> bool:
        return self.ended_at is not None


class ReanalysisPage(Model):
    reanalyses: list[Reanalysis]
    next_cursor: str | None


class BeforeAndAfter(Model):
    before: str | None
    after: str | None


class ReanalysedClip(Model):
    """state: waiting, at_work, done, failed, skipped, cancelled; reason: of what failed or is
    skipped."""

    clip_id: str
    state: str
    reason: str | None
    finished_at: datetime | None
    noise: BeforeAndAfter
    damage: BeforeAndAfter
    diagnosis: BeforeAndAfter
    drive: BeforeAndAfter


class ReanalysedPage(Model):
    clips: list[ReanalysedClip]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReanalysisFilter:
    """Which clips are analysed again; None, or nothing, asks nothing. ids: 10,000 at most. states:
    done and failed without. since <= created_at < until, with their zones. outdated: noise, damage:
    reports of another version than the active one."""

    ids: Sequence[str] | None = None
    states: Sequence[str] | None = None
    noise: str | None = None
    damage: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    make: str | None = None
    model: str | None = None
    outdated: Sequence[str] = ()

    def body(self) -> dict[str, Any]:
        asked = {
            "ids": None if self.ids is None else list(self.ids),
            "state": None if self.states is None else list(self.states),
            "noise": self.noise, "damage": self.damage,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "make": self.make, "model": self.model, "outdated": list(self.outdated) or None,
        }  # fmt: skip
        return {name: value for name, value in asked.items() if value is not None}
