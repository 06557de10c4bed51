"""What a technician did, step by step; a session is nothing but these."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

StepKind = Literal[
    "answer", "unclear", "skip", "not_today", "bring_back", "repair", "other_repair",
    "no_fault_found", "hand_over",
]  # fmt: skip
Seen = Literal["gone", "partly", "still_there"]
STEP_KINDS: tuple[StepKind, ...] = get_args(StepKind)
SEEN: tuple[Seen, ...] = get_args(Seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done. at: when, with time zone.

    answer: test, outcome. unclear, skip, not_today, bring_back: test (that had no clear result, is
    left out, cannot be done today, can be proposed again). repair: fault (of the base), seen.
    other_repair: text, seen. no_fault_found: the vehicle goes back without a repair. hand_over: to
    a specialist; none of these causes. minutes: that it really took, where somebody noted it.
    """

    kind: StepKind
    at: datetime
    test: str | None = None
    outcome: str | None = None
    fault: str | None = None
    text: str | None = None
    seen: Seen | None = None
    minutes: float | None = None

    @property
    def ends(self) -> bool:
        return self.kind in ("no_fault_found", "hand_over") or self.seen == "gone"


def step_as_dict(step: Step) -> dict[str, Any]:
    """JSON types only; what is not given is left out."""
    item = {
        "kind": step.kind, "at": step.at.isoformat(), "test": step.test, "outcome": step.outcome,
        "fault": step.fault, "text": step.text, "seen": step.seen, "minutes": step.minutes,
    }  # fmt: skip
    return {key: value for key, value in item.items() if value is not None}


def step_from_dict(item: dict[str, Any]) -> Step:
    """The same back, from what `step_as_dict` gave."""
    return Step(**{**item, "at": datetime.fromisoformat(item["at"])})
