"""A rule of experience: "when you hear X under Y, look at Z first", and who says so.

A `Rule` is conditions and what to look at. A `Statement` is one person saying a rule. The same
rule said by several people is one rule with several statements, never several pieces of evidence.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Final, Literal, get_args

from tingzhen.audio.vocabulary import NoiseType
from tingzhen.diagnosis.circumstances import Powertrain, When
from tingzhen.diagnosis.knowledge import Measure
from tingzhen.language import Text
from tingzhen.vision.vocabulary import DamageType

Strength = Literal["always", "mostly", "often", "sometimes"]
Role = Literal["apprentice", "technician", "master", "engineer"]
LookKind = Literal["fault", "test", "unknown_fault"]
STRENGTHS: tuple[Strength, ...] = get_args(Strength)
ROLES: tuple[Role, ...] = get_args(Role)

CLAIMED_PROBABILITY: Final[Mapping[Strength, float]] = {
    "always": 0.95, "mostly": 0.80, "often": 0.60, "sometimes": 0.30,
}  # fmt: skip
"""P(what to look at | the conditions hold) that each word stands for. Expert prior; how people use
such words: Mosteller and Youtz 1990, Quantifying probabilistic expressions, Stat. Science 5."""

TRUST: Final[Mapping[Role, float]] = {
    "apprentice": 0.10, "technician": 0.35, "master": 0.60, "engineer": 0.50,
}  # fmt: skip
"""P(a rule tells more than the base already does), before it has a record. Expert prior."""


@dataclass(frozen=True, slots=True)
class Range:
    """low <= x < high; None on a side leaves it open, never on both."""

    low: float | None = None
    high: float | None = None

    def __contains__(self, value: float) -> bool:
        return (self.low is None or self.low <= value) and (self.high is None or value < self.high)

    def within(self, other: "Range") -> bool:
        """Whether all of this range lies in the other one."""
        low = other.low is None or (self.low is not None and self.low >= other.low)
        return low and (other.high is None or (self.high is not None and self.high <= other.high))


@dataclass(frozen=True, slots=True)
class Conditions:
    """All kinds that are given have to hold; of the entries of one kind, one is enough.

    Texts (make, model, words) are kept in lower case; ? in a code stands for one digit.
    year: whole years, both ends included. ranges: by measure, in its unit.
    """

    noises: tuple[NoiseType, ...] = ()
    damages: tuple[DamageType, ...] = ()
    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    when: tuple[When, ...] = ()
    make: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    powertrain: tuple[Powertrain, ...] = ()
    year: Range | None = None
    ranges: Mapping[Measure, Range] = field(default_factory=dict, hash=False)

    @property
    def perceived(self) -> bool:
        """Whether something heard, seen, stored or said is among them."""
        return bool(self.noises or self.damages or self.codes or self.words)


@dataclass(frozen=True, slots=True)
class LookAt:
    """What to look at first. name: fault id, test id, or, of an unknown fault, its words."""

    kind: LookKind
    name: str


@dataclass(frozen=True, slots=True)
class Rule:
    conditions: Conditions
    look_at: LookAt

    @property
    def id(self) -> str:
        """ "x" and ten hexadecimal digits: the same for the same rule, whoever writes it how."""
        conditions: dict[str, Any] = {}
        for kind in fields(Conditions):
            value = getattr(self.conditions, kind.name)
            if kind.name == "ranges":
                value = {m: [r.low, r.high] for m, r in sorted(value.items())}
            elif isinstance(value, Range):
                value = [value.low, value.high]
            elif value is not None:
                value = sorted(set(value))
            if value:
                conditions[kind.name] = value
        name = " ".join(self.look_at.name.casefold().split())
        text = json.dumps([conditions, self.look_at.kind, name], sort_keys=True)
        return "x" + hashlib.sha256(text.encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class Statement:
    """One person says a rule. author: a key, never a name."""

    rule: Rule
    strength: Strength
    role: Role
    author: str
    stated_on: date
    workshop: str | None = None
    note: str | None = None


STRENGTH_NAMES: Final[Mapping[Strength, Text]] = {
    "always": Text("总是", "always"),
    "mostly": Text("多半", "mostly"),
    "often": Text("常常", "often"),
    "sometimes": Text("有时", "sometimes"),
}
ROLE_NAMES: Final[Mapping[Role, Text]] = {
    "apprentice": Text("学徒", "apprentice"),
    "technician": Text("技师", "technician"),
    "master": Text("师傅", "master"),
    "engineer": Text("工程师", "engineer"),
}
