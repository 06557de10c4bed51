"""A guided session as a typed object; docs/guide.md explains every field."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from tingzhen.client.model import Model


class Spread(Model):
    """low, high: stayed under in one case of ten, in nine of ten."""

    expected: float
    low: float
    high: float


class Left(Model):
    minutes: Spread
    cny: Spread
    solved: float


class Outcome(Model):
    outcome: str
    text: str


class Test(Model):
    id: str
    name: str
    how: str
    tools: list[str]
    risk: str
    risk_note: str | None
    outcomes: list[Outcome]


class Repair(Model):
    fault: str
    name: str
    steps: str
    parts: list[str]
    warranty: str | None


class Advice(Model):
    """What to do next. minutes, cny: of this alone."""

    kind: str
    why: str
    again: bool
    safety_first: bool
    minutes: float
    cny: float
    test: Test | None
    repair: Repair | None


class Cause(Model):
    """fault: None for one that is not in the base, or nothing wrong."""

    fault: str | None
    name: str
    probability: float
    dangerous: bool


class BestRepair(Model):
    fault: str
    name: str
    right: float


class StepTaken(Model):
    kind: str
    at: datetime
    text: str
    test: str | None = None
    outcome: str | None = None
    fault: str | None = None
    minutes: float | None = None


class Spent(Model):
    minutes: float
    cny: float


class GuidedSession(Model):
    """version: grows with every step; give it with the next one."""

    schema_: Literal["tingzhen.guide/1"] = Field("tingzhen.guide/1", alias="schema")
    id: str
    name: str
    opened_at: datetime
    version: int
    drive: str
    drive_reason: str
    steps: list[StepTaken]
    causes: list[Cause]
    best_repair: BestRepair | None
    advice: Advice
    left: Left | None
    spent: Spent
    ending: str | None
