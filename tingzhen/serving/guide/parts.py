"""What a guided session needs from the parts store: the parts of its repairs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tingzhen.diagnosis.knowledge import Fault
from tingzhen.language import Language
from tingzhen.serving.guide.sessions import Look

RepairState = Literal["done", "in_vain", "next", "likeliest"]
_SHOWN = 0.1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RepairParts(_Part):
    """state: done (it helped), in_vain, next (proposed now), likeliest (not proposed yet: order
    ahead with care). right: probability that this repair is the right one; null once it is done.
    cny: of the whole repair, labour included."""

    fault: str
    name: str
    state: RepairState
    right: float | None
    steps: str
    parts: list[str]
    warranty: str | None
    minutes: float
    cny: float


class PartsList(_Part):
    schema_: Literal["tingzhen.parts/1"] = Field(alias="schema")
    session_id: str
    repairs: list[RepairParts]


def parts_of(look: Look, language: Language) -> PartsList:
    """Of repairs that were done, of the one that is proposed, and while nothing is repaired of the
    likeliest."""
    bench, advice = look.session.bench, look.advice
    states: dict[str, RepairState] = {}
    for step in look.session.steps:
        if step.kind == "repair" and step.fault is not None:
            states[step.fault] = "in_vain" if step.seen == "still_there" else "done"
    if advice.fault is not None:
        states.setdefault(advice.fault.id, "next")
    elif advice.ending is None and advice.best_repair and advice.best_repair_right >= _SHOWN:
        states.setdefault(advice.best_repair, "likeliest")
    right = {cause.fault: cause.probability for cause in advice.causes}

    def shown(fault: Fault, state: RepairState) -> RepairParts:
        row, repair = bench.row_of[fault.id], fault.repair
        ahead = state in ("next", "likeliest")
        return RepairParts(
            fault=fault.id, name=fault.name.to(language), state=state,
            right=round(right[fault.id], 4) if ahead and fault.id in right else None,
            steps=repair.steps.to(language), parts=[part.to(language) for part in repair.parts],
            warranty=repair.warranty.to(language) if repair.warranty else None,
            minutes=round(bench.repair_minutes(row), 1), cny=round(bench.repair_cny(row), 2),
        )  # fmt: skip

    return PartsList(
        schema="tingzhen.parts/1",
        session_id=look.kept.id,
        repairs=[
            shown(bench.knowledge.faults[bench.row_of[fault]], state)
            for fault, state in states.items()
        ],
    )
