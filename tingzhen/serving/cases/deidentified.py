"""Cases for people who may learn from them and need not know whose they are.

Removed: the workshop, the number of the order, the region. Masked: everything that somebody wrote,
the complaint and a repair or fault in words. Coarser: the day becomes the month, the mileage a
multiple of 10,000 km; that two complaints share words is said without the words. The vehicle's key
is in no answer at all. What stays (make, model, year, conditions, findings, fault, a repair of the
base) is what patterns are made of: a rare vehicle can still be recognised by somebody who knows it,
and an id is a digest of number and workshop, which who knows both can work out.
"""

from collections.abc import Mapping
from typing import Any, Final

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.language import Language, Text
from tingzhen.serving.access.caller import Access

MASKED: Final = "***"
_KM: Final = 10_000
_WORDS: Final = Text("描述中有相同的词", "the complaints share words")


def case_for(access: Access, case: Mapping[str, Any], knowledge: KnowledgeBase) -> dict[str, Any]:
    """A case of `case_as_dict` as the caller may see it: in full for who reaches it in full."""
    return dict(case) if _in_full(access, case) else deidentified(case, knowledge)


def similar_for(
    access: Access, answer: Mapping[str, Any], knowledge: KnowledgeBase, language: Language
) -> dict[str, Any]:
    """The answer of `similar_as_dict` as the caller may see it."""
    found = []
    for one in answer["cases"]:
        reasons = one["reasons"]
        if not _in_full(access, one["case"]):
            # Else somebody could find out word by word what stands in a complaint.
            reasons = [
                reason | {"text": _WORDS.to(language)} if reason["kind"] == "words" else reason
                for reason in reasons
            ]
        case = case_for(access, one["case"], knowledge)
        found.append(dict(one) | {"reasons": reasons, "case": case})
    return dict(answer) | {"cases": found}


def deidentified(case: Mapping[str, Any], knowledge: KnowledgeBase) -> dict[str, Any]:
    """Without what tells whose vehicle it is, and in which workshop it was."""
    vehicle = dict(case["vehicle"])
    if vehicle["mileage_km"] is not None:
        vehicle["mileage_km"] = round(vehicle["mileage_km"] / _KM) * _KM
    steps = (fault.repair.steps for fault in knowledge.faults)
    told = {None, *(text for step in steps for text in (step.zh, step.en))}
    in_words = case["fault"] is None and case["fault_name"] is not None
    return dict(case) | {
        "number": None, "workshop": None, "region": None,
        "opened_on": case["opened_on"][:7], "vehicle": vehicle,
        "complaint": None if case["complaint"] is None else MASKED,
        "fault_name": MASKED if in_words else case["fault_name"],
        "repair": case["repair"] if case["repair"] in told else MASKED,
    }  # fmt: skip


def _in_full(access: Access, case: Mapping[str, Any]) -> bool:
    """Work orders write a workshop as they like; a token's is a key in small letters."""
    workshop = case["workshop"]
    return access.admits(None, None if workshop is None else str(workshop).strip().casefold())
