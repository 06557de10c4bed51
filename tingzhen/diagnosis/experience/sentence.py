"""A rule as one sentence, in zh and en, so that its author sees what was understood."""

from collections.abc import Sequence

from tingzhen.audio.vocabulary import NOISE_NAMES
from tingzhen.diagnosis._context_names import MEASURES, WHEN_NAMES
from tingzhen.diagnosis.circumstances import Powertrain
from tingzhen.diagnosis.experience.rule import (
    STRENGTH_NAMES,
    Conditions,
    LookAt,
    Range,
    Rule,
    Strength,
)
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.language import Text
from tingzhen.vision.vocabulary import DAMAGE_NAMES

POWERTRAIN_NAMES: dict[Powertrain, Text] = {
    "petrol": Text("汽油车", "petrol"),
    "diesel": Text("柴油车", "diesel"),
    "hybrid": Text("混合动力", "hybrid"),
    "electric": Text("电动车", "electric"),
}


def rule_sentence(knowledge: KnowledgeBase, rule: Rule, strength: Strength) -> Text:
    """ "When squeal is heard at a cold start, look at ... first: it is mostly that." """
    said = STRENGTH_NAMES[strength]
    conditions, look = _conditions(rule.conditions), look_at_name(knowledge, rule.look_at)
    if rule.look_at.kind == "test":
        return Text(f"{conditions.zh}时，先做检查“{look.zh}”：{said.zh}能查出原因。",
                    f"When {conditions.en}, first do the test “{look.en}”: it {said.en} finds the "
                    "cause.")  # fmt: skip
    return Text(f"{conditions.zh}时，先查“{look.zh}”：{said.zh}是它。",
                f"When {conditions.en}, look first at “{look.en}”: "
                f"it is {said.en} that.")  # fmt: skip


def look_at_name(knowledge: KnowledgeBase, look_at: LookAt) -> Text:
    """Name of the fault or test; of one that the base does not hold, what was written."""
    if look_at.kind == "fault":
        names = [fault.name for fault in knowledge.faults if fault.id == look_at.name]
    else:
        names = [test.name for test in knowledge.tests if test.id == look_at.name]
    return names[0] if names and look_at.kind != "unknown_fault" else Text(*(look_at.name,) * 2)


def _conditions(conditions: Conditions) -> Text:
    parts: list[Text] = []
    vehicle = [*_own(conditions.make), *_own(conditions.model)]
    if conditions.year is not None:
        vehicle.append(_years(conditions.year))
    if conditions.powertrain:
        vehicle.append(_one_of([POWERTRAIN_NAMES[p] for p in conditions.powertrain]))
    if vehicle:
        parts.append(Text("车辆为" + " ".join(t.zh for t in vehicle),
                          "the vehicle is " + " ".join(t.en for t in vehicle)))  # fmt: skip
    if conditions.noises:
        names = _one_of([NOISE_NAMES[t] for t in conditions.noises])
        parts.append(Text(f"听到{names.zh}", f"{names.en.lower()} is heard"))
    if conditions.damages:
        names = _one_of([DAMAGE_NAMES[t] for t in conditions.damages])
        parts.append(Text(f"看到{names.zh}", f"{names.en.lower()} is seen"))
    if conditions.codes:
        codes = _one_of([Text(c, c) for c in conditions.codes])
        parts.append(Text(f"存有故障码 {codes.zh}", f"trouble code {codes.en} is stored"))
    if conditions.words:
        words = _one_of([Text(f"“{w}”", f"“{w}”") for w in conditions.words])
        parts.append(Text(f"车主说到{words.zh}", f"the owner says {words.en}"))
    if conditions.when:
        when = _one_of([WHEN_NAMES[w] for w in conditions.when])
        parts.append(Text(f"在{when.zh}", f"it comes {when.en}"))
    for measure, bounds in conditions.ranges.items():
        name, between = MEASURES[measure], _between(bounds)
        zh = name.zh.format(between.zh).replace(" 低于", "低于").replace(" 不低于", "不低于")
        parts.append(Text(zh, f"the {_lower(name.en.format(between.en))}"))
    return Text("、".join(p.zh for p in parts), " and ".join(p.en for p in parts))


def _own(words: Sequence[str]) -> list[Text]:
    return [_one_of([Text(w, w) for w in words])] if words else []


def _one_of(names: Sequence[Text]) -> Text:
    return Text("或".join(n.zh for n in names), " or ".join(n.en for n in names))


def _years(bounds: Range) -> Text:
    if bounds.low is None:
        return Text(f"{bounds.high:.0f} 年及以前", f"of {bounds.high:.0f} or before")
    if bounds.high is None:
        return Text(f"{bounds.low:.0f} 年及以后", f"of {bounds.low:.0f} or after")
    if bounds.low == bounds.high:
        return Text(f"{bounds.low:.0f} 年款", f"of {bounds.low:.0f}")
    return Text(f"{bounds.low:.0f}～{bounds.high:.0f} 年款",
                f"of {bounds.low:.0f} to {bounds.high:.0f}")  # fmt: skip


def _between(bounds: Range) -> Text:
    if bounds.low is None:
        return Text(f"低于 {bounds.high:,g}", f"is below {bounds.high:,g}")
    if bounds.high is None:
        return Text(f"不低于 {bounds.low:,g}", f"is at least {bounds.low:,g}")
    return Text(f"{bounds.low:,g} 至 {bounds.high:,g}", f"is {bounds.low:,g} to {bounds.high:,g}")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
