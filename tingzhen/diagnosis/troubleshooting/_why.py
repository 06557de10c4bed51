"""Why the next action is the next action, in words."""

import numpy as np

from tingzhen.diagnosis.knowledge import Fault
from tingzhen.diagnosis.troubleshooting._tables import Floats
from tingzhen.diagnosis.troubleshooting.bench import CONFIRM, Bench
from tingzhen.language import Text

_NAMED = 3
_NOTABLE = 0.03
_DANGER = Text(
    "先排除危险的原因，这几乎不多花钱。",
    "Rules out what is dangerous first, at next to no extra cost.",
)
_AGAIN = Text(
    "之前的结果也可能有误，再查一次划算。",
    "The answer before may have been wrong; doing it again pays.",
)
_NO_TEST_PAYS = Text(
    "再做任何检查都不如直接维修并观察划算。",
    "Repairing and seeing costs less than any further test.",
)
_NO_TEST_LEFT = Text("没有可做的检查了。", "No test is left that tells anything.")


def why_test(
    bench: Bench, test: int, now: Floats, *, saved_cny: float, right: tuple[float, float] | None,
    safety: bool, again: bool,
) -> Text:  # fmt: skip
    """now: (F + 2,), probabilities. saved_cny: against repairing or handing over at once.

    right: while no repair was in vain, probability that the next repair is the right one, at once
    and after the tests of the plan; then what is saved is not only money, and is not named.
    """
    text = _about(bench, test, now)
    if safety:
        text = _and(_DANGER, text)
    if again:
        text = _and(_AGAIN, text)
    if right is not None:
        at_once, planned = right
        if planned >= at_once + _NOTABLE:
            better = Text(f"现在就维修，一次修好的概率为 {at_once:.0%}；先检查则为 {planned:.0%}。",
                          f"Repairing at once would be right with {at_once:.0%}, testing first "
                          f"with {planned:.0%}.")  # fmt: skip
            text = _and(text, better)
    elif saved_cny >= 1.0:
        saved = Text(f"比立即维修平均省 {saved_cny:.0f} 元。",
                     f"Saves {saved_cny:.0f} CNY on average over repairing at once.")  # fmt: skip
        text = _and(text, saved)
    return text


def why_repair(fault: Fault, probability: float, *, any_test: bool) -> Text:
    sure = Text(f"“{fault.name.zh}”的概率为 {probability:.0%}。",
                f"“{fault.name.en}” has a probability of {probability:.0%}.")  # fmt: skip
    return _and(sure, _NO_TEST_PAYS if any_test else _NO_TEST_LEFT)


def why_no_fault(probability: float) -> Text:
    return Text(f"没有故障的概率为 {probability:.0%}，继续查找不划算。请告知车主出现异常时录制。",
                f"Nothing is wrong with a probability of {probability:.0%}; looking on does not "
                "pay. Ask the owner to record it when it comes back.")  # fmt: skip


def why_hand_over(other: float) -> Text:
    return Text(f"继续检查或维修的预期费用高于转交专家；知识库以外故障的概率为 {other:.0%}。",
                "Testing or repairing on would cost more than a specialist; a fault that is not in "
                f"this base has a probability of {other:.0%}.")  # fmt: skip


def _about(bench: Bench, test: int, now: Floats) -> Text:
    if bench.tests[test] is CONFIRM:
        return Text("先确认现象是否存在。", "First see whether there is anything to look for.")
    rows = bench.workshop.tests[test].rows
    order = rows[np.argsort(-now[rows], kind="stable")][:_NAMED]
    shown = [int(row) for row in order if now[row] >= _NOTABLE] or [int(row) for row in order[:1]]
    faults = [(bench.knowledge.faults[row], float(now[row])) for row in shown]
    zh = "、".join(f"{fault.name.zh}（{p:.0%}）" for fault, p in faults)
    en = ", ".join(f"{fault.name.en} ({p:.0%})" for fault, p in faults)
    if len(faults) == 1:
        return Text(f"确认或排除：{zh}。", f"Confirms or rules out: {en}.")
    return Text(f"区分：{zh}。", f"Tells apart: {en}.")


def _and(one: Text, two: Text) -> Text:
    return Text(one.zh + two.zh, f"{one.en} {two.en}")
