"""A pattern as a plain sentence, in zh and en."""

from collections.abc import Sequence
from typing import Final

from tingzhen.diagnosis.patterns.attributes import attribute_name
from tingzhen.diagnosis.patterns.condition import condition_text
from tingzhen.diagnosis.patterns.result import Doubt, Pattern
from tingzhen.diagnosis.patterns.risk_ratio import Lift
from tingzhen.language import Text

_DIFFERS: Final = 0.01
"""p-value of Breslow and Day from which on it is said that a lift is not the same throughout."""

DOUBTS: Final[dict[Doubt, Text]] = {
    "chance": Text("另一半车辆未能证实，可能是偶然。",
                   "The other half of the vehicles does not bear it out: it may be chance."),
    "too_small": Text("差别太小，不值一提。", "The difference is too small to matter."),
    "not_over_time": Text("只在一段时间内成立。", "It does not hold in both halves of the period."),
    "not_over_member": Text("两个条件合在一起并不比其中一个更明显。",
                            "The two parts together are no clearer than one of them."),
}  # fmt: skip


def pattern_sentence(pattern: Pattern, name: Text) -> Text:
    """name: of the fault."""
    if pattern.status == "explained":
        return _explained(pattern, name)
    where = condition_text(pattern.condition)
    lift = pattern.lift
    alike = _joined([attribute_name(c) for c in pattern.compared_within])
    parts = [
        Text(f"{name.zh}：当{where.zh}时，可能性是其他情况的 {_ratio(lift).zh}"
             f"（与{alike.zh}相同的案例相比）。",
             f"{name.en} is {_ratio(lift).en} as likely where {where.en} as elsewhere, among cases "
             f"of the same {alike.en}."),
        _counts(pattern.crude),
    ]  # fmt: skip
    if pattern.rate is not None:
        parts.append(Text(f"按在用车辆计算为 {_ratio(pattern.rate).zh}。",
                          f"Per vehicle in service it is {_ratio(pattern.rate).en}."))  # fmt: skip
    differs = [name for name, p in pattern.same_within.items() if p < _DIFFERS]
    if differs:
        names = _joined([attribute_name(one) for one in differs])
        parts.append(Text(f"不同{names.zh}之间并不一样。",
                          f"It is not the same for every {names.en}."))  # fmt: skip
    if pattern.doubt is not None:
        parts.append(DOUBTS[pattern.doubt])
    return Text("".join(p.zh for p in parts), " ".join(p.en for p in parts))


def _explained(pattern: Pattern, name: Text) -> Text:
    where = condition_text(pattern.condition)
    within = pattern.within[pattern.explained_by or ""]
    seems = Text(
        f"{name.zh}：当{where.zh}时看似更常见。{_counts(pattern.crude).zh}",
        f"{name.en} seems more likely where {where.en}. {_counts(pattern.crude).en}",
    )
    if pattern.by_pattern is not None:
        by = condition_text(pattern.by_pattern)
        return Text(
            f"{seems.zh}但在“{by.zh}”与否相同的案例之间只有 {_ratio(within).zh}："
            "它只是伴随该规律出现，并非原因。",
            f"{seems.en} Among cases that are alike in whether {by.en}, it is {_ratio(within).en}: "
            "it goes along with that, and is no cause.",
        )
    by = attribute_name(pattern.explained_by or "")
    return Text(
        f"{seems.zh}但在{by.zh}相同的案例之间只有 {_ratio(within).zh}：由{by.zh}解释，并非原因。",
        f"{seems.en} Within the same {by.en} it is {_ratio(within).en}: explained by the {by.en}, "
        "and no cause.",
    )


def _counts(lift: Lift) -> Text:
    a, n1, c, n0 = lift.inside_faults, lift.inside_cases, lift.outside_faults, lift.outside_cases
    inside, outside = f"{a / max(1, n1):.2%}", f"{c / max(1, n0):.2%}"
    return Text(
        f"全部案例中：{n1:,} 例中 {a:,} 例（{inside}），"
        f"对照 {n0:,} 例中 {c:,} 例（{outside}），为 {_ratio(lift).zh}。",
        f"Over all cases: {a:,} of {n1:,} cases ({inside}) against {c:,} of {n0:,} ({outside}), "
        f"{_ratio(lift).en}.",
    )


def _ratio(lift: Lift) -> Text:
    if not lift.is_number:
        return Text("未知倍数", "an unknown number of times")
    return Text(f"{lift.ratio:.1f} 倍（{lift.low:.1f} 至 {lift.high:.1f}）",
                f"{lift.ratio:.1f} times ({lift.low:.1f} to {lift.high:.1f})")  # fmt: skip


def _joined(texts: Sequence[Text]) -> Text:
    if len(texts) < 2:
        return texts[0] if texts else Text("全部", "kind")
    zh = "、".join(t.zh for t in texts[:-1]) + "和" + texts[-1].zh
    return Text(zh, ", ".join(t.en for t in texts[:-1]) + " and " + texts[-1].en)
