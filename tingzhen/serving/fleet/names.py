"""What groups of the fleet are called, in the reader's language."""

from collections.abc import Mapping
from typing import Final

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.cases.strata import mileage_band_name
from tingzhen.diagnosis.fleet import Dimension, Grouping
from tingzhen.diagnosis.fleet.recurrence import LEAST_REPAIRS, Returns
from tingzhen.diagnosis.patterns.attributes import value_name
from tingzhen.language import Language, Text
from tingzhen.serving.access.caller import Access

NOT_KNOWN: Final = Text("未知", "not known")
SMALL: Final = Text(
    f"其他（每项少于 {LEAST_REPAIRS} 次维修）", f"others (fewer than {LEAST_REPAIRS} repairs each)"
)


def fault_names(knowledge: KnowledgeBase, language: Language) -> dict[str, str]:
    return {fault.id: fault.name.to(language) for fault in knowledge.faults}


def group_name(
    by: Dimension, key: str | int | None, faults: Mapping[str, str], language: Language
) -> str:
    """faults: names of faults by id; the id stands where there is none."""
    if key is None:
        return NOT_KNOWN.to(language)
    if by == "mileage":
        return mileage_band_name(int(key)).to(language)
    if by == "powertrain":
        return value_name("powertrain", str(key)).to(language)
    return faults.get(str(key), str(key)) if by == "fault" else str(key)


def returns_name(
    by: Grouping,
    group: Returns,
    access: Access,
    *,
    knowledge: KnowledgeBase,
    workshops: Mapping[str, int],
    language: Language,
) -> str:
    """workshops: numbers by name. A workshop is named to those alone who reach its cases."""
    if group.small:
        return SMALL.to(language)
    if group.name is None:
        return NOT_KNOWN.to(language)
    if by == "workshop":
        if access.admits(None, group.name.strip().casefold()):
            return group.name
        number = workshops[group.name]
        return Text(f"车间 {number}", f"workshop {number}").to(language)
    names = {"fault": fault_names, "repair": _repairs}.get(by)
    return group.name if names is None else names(knowledge, language).get(group.name, group.name)


def _repairs(knowledge: KnowledgeBase, language: Language) -> dict[str, str]:
    """A repair of the base is kept in the language of whoever did it."""
    steps = [fault.repair.steps for fault in knowledge.faults]
    return {words: step.to(language) for step in steps for words in (step.zh, step.en)}
