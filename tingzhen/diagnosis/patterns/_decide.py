"""Which candidates are confirmed, which are explained by something else, which are neither."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from tingzhen.diagnosis.patterns._candidates import Candidate
from tingzhen.diagnosis.patterns._held_out import Faults, Halves, Judgement, judge, lift_within
from tingzhen.diagnosis.patterns.condition import Condition
from tingzhen.diagnosis.patterns.result import Doubt, Pattern
from tingzhen.diagnosis.patterns.risk_ratio import Lift

LEAST_LIFT: Final = 1.2
"""A smaller lift is not worth telling, however sure it is."""
Q_LEVEL: Final = 0.05
_BESIDE_OTHERS: Final = 0.01
"""p of a candidate among cases that are alike in the fault's clearer patterns."""
_Z_ONE_SIDED: Final = 1.6448536269514722
_Z95: Final = 1.959963984540054
_Z99: Final = 2.5758293035489004
_MOST_LEFT: Final = 0.5
"""Share of the log lift that may be left within strata for it to count as gone."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One fault. proposed: conditions that together explain where it is frequent. alone: those that
    stand out by themselves, of attributes that no proposed one has."""

    fault: str
    faults: Faults
    proposed: tuple[tuple[Candidate, Judgement], ...]
    alone: tuple[tuple[Candidate, Judgement], ...]


def judge_fault(
    halves: Halves, fault: str, faults: Faults, proposed: Sequence[Candidate],
    alone: Sequence[Candidate],
) -> Judged:  # fmt: skip
    """The clearest candidate first, each further one among cases alike in those that stand."""
    by_itself = _without_idle_parts(
        halves, faults, [(candidate, judge(halves, faults, candidate)) for candidate in proposed]
    )
    by_itself.sort(key=lambda pair: (pair[1].p, pair[0].condition))
    judged: list[tuple[Candidate, Judgement]] = []
    standing: list[Condition] = []
    for candidate, judgement in by_itself:
        beside = judge(halves, faults, candidate, standing) if standing else judgement
        if max(judgement.p, beside.p) <= _BESIDE_OTHERS:
            standing.append(candidate.condition)
        judged.append((candidate, replace(beside, p=max(judgement.p, beside.p))))
    # Those that stand are measured beside all others that stand.
    for place, (candidate, judgement) in enumerate(judged):
        others = [condition for condition in standing if condition != candidate.condition]
        if candidate.condition in standing and others:
            beside = judge(halves, faults, candidate, others)
            judged[place] = candidate, replace(beside, p=max(judgement.p, beside.p))
    return Judged(
        fault, faults, tuple(judged), tuple((c, judge(halves, faults, c)) for c in alone)
    )  # fmt: skip


def _without_idle_parts(
    halves: Halves, faults: Faults, judged: Sequence[tuple[Candidate, Judgement]]
) -> list[tuple[Candidate, Judgement]]:
    """Where a pair is no clearer than one of its parts, that part stands in its place, unless
    another candidate is about it already."""
    alone = {c.condition[0].key for c, _ in judged if len(c.condition) == 1}
    kept = []
    for candidate, judgement in judged:
        if judgement.over_member_p <= Q_LEVEL:
            kept.append((candidate, judgement))
            continue
        places = range(len(candidate.condition))
        place = min(places, key=lambda i: judgement.over_member[candidate.condition[i]].ratio)
        if candidate.condition[place].key in alone:
            continue
        alone.add(candidate.condition[place].key)
        part = Candidate(
            (candidate.condition[place],),
            tuple((half, (version[place],)) for half, version in candidate.versions),
        )
        kept.append((part, judge(halves, faults, part)))
    return kept


def decide(halves: Halves, judged: Sequence[Judged]) -> list[tuple[Pattern, Faults]]:
    """Patterns with their status, the clearest first, each with the cases of its fault."""
    q_proposed = iter(_q_values([j.p for one in judged for _, j in one.proposed]))
    q_alone = iter(_q_values([j.p_crude for one in judged for _, j in one.alone]))
    decided = []
    for one in judged:
        own = [(c, j, _pattern(one.fault, c, j, next(q_proposed))) for c, j in one.proposed]
        sure = [p.condition for _, _, p in own if p.status == "confirmed"]
        for candidate, judgement, pattern in own:
            if pattern.status != "confirmed" and judgement.p_crude <= Q_LEVEL:
                decided.append((_explain(halves, one, candidate, pattern, sure), one.faults))
            else:
                decided.append((pattern, one.faults))
        for candidate, judgement in one.alone:
            pattern = _pattern(one.fault, candidate, judgement, next(q_alone))
            if pattern.q <= Q_LEVEL and judgement.crude.ratio >= LEAST_LIFT:
                settled = _explain(halves, one, candidate, pattern, sure)
                if settled.status == "explained":
                    decided.append((settled, one.faults))
    return sorted(decided, key=lambda d: (d[0].p, d[0].fault, d[0].condition))


def _pattern(fault: str, candidate: Candidate, judgement: Judgement, q: float) -> Pattern:
    doubt = _doubt(judgement, q)
    return Pattern(
        fault=fault, condition=candidate.condition,
        status="not_confirmed" if doubt else "confirmed", lift=judgement.lift,
        crude=judgement.crude, compared_within=judgement.compared_within, p=judgement.p, q=q,
        found_by=len(candidate.versions), within=judgement.within,
        same_within=judgement.same_within, early=judgement.early, late=judgement.late,
        over_member=judgement.over_member, doubt=doubt,
    )  # fmt: skip


def _doubt(judgement: Judgement, q: float) -> Doubt | None:
    if q > Q_LEVEL or not judgement.lift.is_number:
        return "chance"
    if judgement.lift.ratio < LEAST_LIFT:
        return "too_small"
    if not _holds_over_time(judgement.early, judgement.late):
        return "not_over_time"
    if judgement.over_member_p > Q_LEVEL:
        return "not_over_member"
    return None


def _holds_over_time(early: Lift, late: Lift) -> bool:
    """Clearly above 1 in both halves of the period, or above 1 in both and hardly different."""
    if not (early.is_number and late.is_number and min(early.ratio, late.ratio) > 1):
        return False
    errors = [_error(early), _error(late)]
    logs = [math.log(early.ratio), math.log(late.ratio)]
    clear = all(log > _Z_ONE_SIDED * error for log, error in zip(logs, errors, strict=True))
    return clear or abs(logs[0] - logs[1]) <= _Z99 * math.hypot(*errors)


def _error(lift: Lift) -> float:
    """Standard error of the logarithm."""
    return math.log(lift.high / lift.low) / (2 * _Z95)


def _explain(
    halves: Halves,
    judged: Judged,
    candidate: Candidate,
    pattern: Pattern,
    sure: Sequence[Condition],
) -> Pattern:
    """The pattern as "explained": by the confounder within which least is left of it, or by a
    confirmed pattern of the same fault; unchanged where nothing explains it."""
    found: list[tuple[float, str, Lift, Condition | None]] = [
        (_left(pattern.crude, lift), name, lift, None) for name, lift in pattern.within.items()
    ]
    for condition in sure:
        if condition != pattern.condition:
            lift = lift_within(halves, judged.faults, candidate, condition)
            found.append((_left(pattern.crude, lift), "pattern", lift, condition))
    gone = [one for one in found if one[0] <= _MOST_LEFT and one[2].low <= 1.0]
    if not gone:
        return pattern
    _, name, lift, by = min(gone, key=lambda one: one[0])
    return replace(pattern, status="explained", doubt=None, explained_by=name, by_pattern=by,
                   within={**pattern.within, name: lift})  # fmt: skip


def _left(crude: Lift, within: Lift) -> float:
    """Share of the log lift that is left within the strata; infinite where it is not defined."""
    if not (crude.is_number and within.is_number) or crude.ratio <= 1.0:
        return math.inf
    return max(0.0, math.log(within.ratio)) / math.log(crude.ratio)


def _q_values(p: Sequence[float]) -> list[float]:
    """Benjamini and Yekutieli (2001): holds whatever the tests have to do with each other."""
    if not p:
        return []
    from scipy.stats import false_discovery_control  # noqa: PLC0415 - slow to import

    return [float(q) for q in false_discovery_control(p, method="by")]
