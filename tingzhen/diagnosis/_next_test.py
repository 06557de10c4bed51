"""Which test tells most for its minutes.

The information of a test is the mutual information between its outcome and the hypotheses, in
bits, summed over the independent groups:

    I = H(outcome) - sum_h P(h) H(outcome | h),    P(outcome) = sum_h P(h) P(outcome | h)

weighted by how urgent the group's causes are; the tests are ordered by

    I * risk factor / (minutes + setup minutes).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis._posterior import GroupPosterior
from tingzhen.diagnosis.knowledge import DiagnosticTest, KnowledgeBase
from tingzhen.diagnosis.result import Cause, NextTest, Outcome
from tingzhen.language import Text

_NAMED: Final = 3
_NOTABLE_SHARE: Final = 0.05
_CLEARLY_MORE: Final = 1.1


@dataclass(frozen=True, slots=True, eq=False)
class RankedTest:
    test: DiagnosticTest
    information_bits: float
    value_per_minute: float


def rank_tests(
    knowledge: KnowledgeBase,
    groups: list[GroupPosterior],
    causes: Sequence[Cause],
    *,
    may_drive: bool,
) -> list[RankedTest]:
    """Tests worth doing, best first; none that needs driving where driving is forbidden.

    may_drive: False where the advice is to stop; then tests with the engine standing come first.
    causes: those that are shown; a test that says nothing of any of them is left out, unless
    there is no such cause.
    """
    settings = knowledge.settings
    shown = {cause.fault for cause in causes}
    about = {
        name for fault in knowledge.faults for name in fault.tests
        if not shown or fault.id in shown
    }  # fmt: skip
    urgency = [_urgency(knowledge, group, shown) for group in groups]
    ranked = []
    for test in knowledge.tests:
        if test.id not in about or (test.drives and not may_drive):
            continue
        of_group = [information_bits(knowledge, test, group) for group in groups]
        bits = sum(of_group)
        if bits >= settings.smallest_information_bits:
            minutes = test.minutes + settings.setup_minutes
            urgent = sum(u * b for u, b in zip(urgency, of_group, strict=True))
            value = urgent * settings.risk_factor[test.risk] / minutes
            if test.runs and not may_drive:
                value *= settings.running_factor
            ranked.append(RankedTest(test, bits, value))
    return sorted(ranked, key=lambda r: (-r.value_per_minute, r.test.id))


def _urgency(knowledge: KnowledgeBase, group: GroupPosterior, shown: set[str]) -> float:
    """The most urgent of the group's shown causes; 1 where none is shown."""
    faults = [knowledge.faults[row] for row in group.rows]
    weights = [knowledge.settings.urgency[fault.drive] for fault in faults if fault.id in shown]
    return max(weights, default=1.0)


def information_bits(
    knowledge: KnowledgeBase, test: DiagnosticTest, group: GroupPosterior
) -> float:
    """Mutual information of outcome and hypothesis within one group, bits, >= 0."""
    if group.damage not in knowledge.tested_groups[test.id]:
        return 0.0  # every hypothesis of the group says the same of it
    given, probability = _outcome_table(knowledge, test, group)
    outcome = probability @ given
    return max(0.0, float(_entropy_bits(outcome) - probability @ _entropy_bits(given)))


def describe_test(
    knowledge: KnowledgeBase, ranked: RankedTest, groups: list[GroupPosterior]
) -> NextTest:
    test = ranked.test
    group = max(groups, key=lambda g: information_bits(knowledge, test, g))
    given, probability = _outcome_table(knowledge, test, group)
    expected = probability @ given
    rows = [int(row) for row in group.rows]
    outcomes = []
    for index, outcome in enumerate(test.outcomes):
        after = probability * given[:, index] / max(float(expected[index]), 1e-12)
        order = sorted(range(len(rows)), key=lambda i: -float(after[i]))
        pointed = [
            rows[i] for i in order
            if after[i] >= _NOTABLE_SHARE and after[i] > _CLEARLY_MORE * probability[i]
        ][:_NAMED]  # fmt: skip
        outcomes.append(
            Outcome(outcome.id, outcome.text, float(expected[index]),
                    tuple(knowledge.faults[row].id for row in pointed),
                    tuple(knowledge.faults[row].name for row in pointed))
        )  # fmt: skip
    return NextTest(
        id=test.id, name=test.name, why=_why(knowledge, test, group), how=test.how,
        tools=test.tools, minutes=test.minutes, risk=test.risk, risk_note=test.risk_note,
        information_bits=ranked.information_bits, outcomes=tuple(outcomes),
    )  # fmt: skip


def _why(knowledge: KnowledgeBase, test: DiagnosticTest, group: GroupPosterior) -> Text:
    about = [
        (float(p), knowledge.faults[row])
        for row, p in zip(group.rows, group.posterior, strict=True)
        if test.id in knowledge.faults[row].tests
    ]
    about.sort(key=lambda pair: -pair[0])
    shown = [(p, fault) for p, fault in about[:_NAMED] if p >= _NOTABLE_SHARE] or about[:1]
    zh = "、".join(f"{fault.name.zh}（{p:.0%}）" for p, fault in shown)
    en = ", ".join(f"{fault.name.en} ({p:.0%})" for p, fault in shown)
    if len(shown) > 1:
        return Text(f"用较少时间最能区分：{zh}。", f"Tells most for its minutes between: {en}.")
    return Text(f"用较少时间最能确认或排除：{zh}。",
                f"Confirms or rules out, for few minutes: {en}.")  # fmt: skip


def _outcome_table(
    knowledge: KnowledgeBase, test: DiagnosticTest, group: GroupPosterior
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P(outcome | h), (h, outcomes), and P(h), (h,): faults, then nothing, then unknown."""
    otherwise = np.array([outcome.otherwise for outcome in test.outcomes])
    given = np.vstack([knowledge.outcome_given[test.id][group.rows], otherwise, otherwise])
    return given, np.concatenate([group.share, [group.nothing, group.other]])


def _entropy_bits(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    safe = np.where(probability > 0, probability, 1.0)
    return np.asarray(-np.sum(probability * np.log2(safe), axis=-1))
