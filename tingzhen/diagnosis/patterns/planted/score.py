"""How much of what was planted was found, and how much of what was reported is true.

For simulated histories only. By the rules of docs/patterns.md:

- a planted truth is found when a confirmed pattern of its fault has its attributes and covers the
  same cases (Jaccard index at least 0.5);
- a confirmed pattern is true when it finds a planted truth, or when it lies inside one (at least
  0.9 of its cases) and has no attribute that the truth lacks; anything else is false;
- a trap is reported as a cause when a confirmed pattern of its fault has an attribute of the trap.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

from tingzhen.diagnosis.patterns._candidates import overlap
from tingzhen.diagnosis.patterns.attributes import Attributes, attributes_of
from tingzhen.diagnosis.patterns.condition import Condition, condition_text, known_and_inside
from tingzhen.diagnosis.patterns.planted.history import History
from tingzhen.diagnosis.patterns.planted.truths import KNOWN_LIFT, MOTOR_NOISE, Planted
from tingzhen.diagnosis.patterns.result import Pattern, Patterns

_SAME: Final = 0.5
_WITHIN: Final = 0.9


@dataclass(frozen=True, slots=True)
class Truth:
    """One planted truth. lift, low, high: as reported; None where not found. exact: whether the
    planted lift lies in the interval. known: the pattern that everybody knows of."""

    fault: str
    condition: str
    kind: str
    planted: float
    found: bool
    lift: float | None
    low: float | None
    high: float | None
    crude: float | None
    crude_low: float | None
    crude_high: float | None
    known: bool

    @property
    def exact(self) -> bool:
        return (
            self.low is not None
            and self.high is not None
            and (self.low <= self.planted <= self.high)
        )


@dataclass(frozen=True, slots=True)
class Score:
    """false: reported patterns that nothing planted accounts for, in words. trapped: likewise of
    traps. explained: what was said to go along with something else."""

    truths: tuple[Truth, ...]
    reported: int
    false: tuple[str, ...]
    traps: int
    trapped: tuple[str, ...]
    explained: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def known_is_exact(self) -> bool:
        return any(truth.known and truth.exact for truth in self.truths)


def score(history: History, patterns: Patterns) -> Score:
    """Compare what was reported with what was planted."""
    attributes = attributes_of(history.cases)
    truths, used = [], set()
    for planted in history.planted:
        of_fault = [p for p in patterns.confirmed if p.fault == planted.fault]
        match = max(
            of_fault, default=None,
            key=lambda p: overlap(attributes, p.condition, planted.condition),
        )  # fmt: skip
        if match is not None and not _finds(attributes, match.condition, planted.condition):
            match = None
        if match is not None:
            used.add((match.fault, match.condition))
        truths.append(_truth(planted, match))
    false = [
        p for p in patterns.confirmed
        if (p.fault, p.condition) not in used and not _inside_a_truth(attributes, p, history)
    ]  # fmt: skip
    trapped = [
        p for p in patterns.confirmed for trap in history.traps
        if p.fault == trap.fault and any(part.attribute in trap.attributes for part in p.condition)
    ]  # fmt: skip
    return Score(
        tuple(truths), len(patterns.confirmed), tuple(map(_words, false)),
        sum(len(trap.attributes) for trap in history.traps), tuple(map(_words, trapped)),
        len(patterns.explained),
    )  # fmt: skip


def _truth(planted: Planted, match: Pattern | None) -> Truth:
    return Truth(
        fault=planted.fault, condition=condition_text(planted.condition).en,
        kind="+".join(part.attribute for part in planted.condition), planted=planted.lift,
        found=match is not None,
        lift=match.lift.ratio if match else None, low=match.lift.low if match else None,
        high=match.lift.high if match else None, crude=match.crude.ratio if match else None,
        crude_low=match.crude.low if match else None,
        crude_high=match.crude.high if match else None,
        known=planted.fault == MOTOR_NOISE and planted.lift == KNOWN_LIFT,
    )  # fmt: skip


def _words(pattern: Pattern) -> str:
    lift = pattern.lift
    return (f"{pattern.fault}: {condition_text(pattern.condition).en} "
            f"{lift.ratio:.2f} ({lift.low:.2f} to {lift.high:.2f})")  # fmt: skip


def _finds(attributes: Attributes, found: Condition, planted: Condition) -> bool:
    same = {part.key for part in found} == {part.key for part in planted}
    return same and overlap(attributes, found, planted) >= _SAME


def _inside_a_truth(attributes: Attributes, pattern: Pattern, history: History) -> bool:
    keys = {part.key for part in pattern.condition}
    _, own = known_and_inside(attributes, pattern.condition)
    for planted in history.planted:
        if planted.fault == pattern.fault and keys <= {part.key for part in planted.condition}:
            _, truth = known_and_inside(attributes, planted.condition)
            if (own & truth).sum() >= _WITHIN * max(1, int(own.sum())):
                return True
    return False
