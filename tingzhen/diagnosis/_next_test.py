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
    """group: number of the group that the test tells most of."""

    test: DiagnosticTest
    group: int
    information_bits: float
    value_per_minute: float


def rank_tests(
    knowledge: KnowledgeBase,
    groups: Sequence[GroupPosterior],
    causes: Sequence[Cause],
    *,
    may_drive: bool,
) -> list[RankedTest]:
    """Tests worth doing, best first; none that needs driving where driving is forbidden.

    may_drive: False where the advice is to stop; then tests with the engine standing come first.
    causes: those that are shown; a test that says nothing of any of them is left out, unless
    there is no such cause. Every other test of the base is weighed, none is left out for speed.
    """
    settings, tables = knowledge.settings, knowledge.tables
    shown = {tables.row_of[cause.fault] for cause in causes}
    if not groups:
        return []
    by_group = np.array([information_bits(knowledge, group) for group in groups])
    bits = by_group.sum(axis=0)
    urgent = np.array([_urgency(knowledge, group, shown) for group in groups]) @ by_group
    worth = bits >= settings.smallest_information_bits
    if shown:
        about = np.zeros(len(knowledge.tests), dtype=bool)
        names = {name for row in shown for name in knowledge.faults[row].tests}
        about[[tables.test_of[name] for name in names]] = True
        worth &= about
    ranked = []
    for number in np.flatnonzero(worth):
        test = knowledge.tests[number]
        if test.drives and not may_drive:
            continue
        minutes = test.minutes + settings.setup_minutes
        value = float(urgent[number]) * settings.risk_factor[test.risk] / minutes
        if test.runs and not may_drive:
            value *= settings.running_factor
        most = int(by_group[:, number].argmax())
        ranked.append(RankedTest(test, most, float(bits[number]), value))
    return sorted(ranked, key=lambda r: (-r.value_per_minute, r.test.id))


def _urgency(knowledge: KnowledgeBase, group: GroupPosterior, shown: set[int]) -> float:
    """The most urgent of the group's shown causes; 1 where none is shown."""
    faults = [knowledge.faults[row] for row in shown]
    weights = [
        knowledge.settings.urgency[fault.drive] for fault in faults if fault.damage == group.damage
    ]
    return max(weights, default=1.0)


def information_bits(knowledge: KnowledgeBase, group: GroupPosterior) -> NDArray[np.float64]:
    """(T,) mutual information of each test's outcome and the hypotheses of one group, bits, >= 0.

    Every hypothesis that states nothing of a test gives its outcomes the same probabilities, so
    with the weight s of those that do state something, summed over these alone,

        P(outcome) = (1 - s) otherwise + sum P(h) P(outcome | h)
    """
    stated = knowledge.tables.outcomes
    share = np.zeros(len(knowledge.faults))
    share[group.rows] = group.share
    # Entries without weight (faults of other groups among them) take no part in the sums.
    entries = np.flatnonzero(share[stated.row] > 0.0)
    test, weight = stated.test[entries], share[stated.row[entries]]
    given = stated.given[entries]
    tests = len(stated.count)
    stating = np.bincount(test, weight, minlength=tests)
    outcome = (1.0 - stating)[:, None] * stated.otherwise
    for index in range(given.shape[1]):
        outcome[:, index] += np.bincount(test, weight * given[:, index], minlength=tests)
    expected = (1.0 - stating) * _entropy_bits(stated.otherwise)
    expected += np.bincount(test, weight * _entropy_bits(given), minlength=tests)
    # Without a stating fault the two are the same but for rounding.
    return np.where(stating > 0.0, np.maximum(_entropy_bits(outcome) - expected, 0.0), 0.0)


def describe_test(
    knowledge: KnowledgeBase, ranked: RankedTest, groups: Sequence[GroupPosterior]
) -> NextTest:
    test, number = ranked.test, knowledge.tables.test_of[ranked.test.id]
    group = groups[ranked.group]
    given, probability = _outcome_table(knowledge, number, group)
    expected = probability @ given
    outcomes = []
    for index, outcome in enumerate(test.outcomes):
        after = probability * given[:, index] / max(float(expected[index]), 1e-12)
        more = (after >= _NOTABLE_SHARE) & (after > _CLEARLY_MORE * probability)
        raised = np.flatnonzero(more[: len(group.rows)])
        raised = raised[np.argsort(-after[raised], kind="stable")][:_NAMED]
        pointed = [int(row) for row in group.rows[raised]]
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
    stating = np.isin(
        group.rows, knowledge.tables.outcomes.rows(knowledge.tables.test_of[test.id])
    )  # fmt: skip
    about = [
        (float(p), knowledge.faults[row])
        for row, p in zip(group.rows[stating], group.posterior[stating], strict=True)
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
    knowledge: KnowledgeBase, number: int, group: GroupPosterior
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P(outcome | h), (h, outcomes), and P(h), (h,): faults, then nothing, then unknown."""
    stated = knowledge.tables.outcomes
    otherwise = stated.otherwise[number, : stated.count[number]]
    given = np.vstack([stated.table(number, group.rows), otherwise, otherwise])
    return given, np.concatenate([group.share, [group.nothing, group.other]])


def _entropy_bits(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    safe = np.where(probability > 0, probability, 1.0)
    return np.asarray(-np.sum(probability * np.log2(safe), axis=-1))
