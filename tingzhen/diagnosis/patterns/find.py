"""The search for patterns: each half of the vehicles proposes, and the other half judges."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from tingzhen.diagnosis.cases.record import CaseColumns
from tingzhen.diagnosis.patterns._candidates import put_together
from tingzhen.diagnosis.patterns._decide import Judged, decide, judge_fault
from tingzhen.diagnosis.patterns._held_out import Half
from tingzhen.diagnosis.patterns._propose import Discovery, propose
from tingzhen.diagnosis.patterns.condition import Condition
from tingzhen.diagnosis.patterns.exposure import Exposure, rate_ratio
from tingzhen.diagnosis.patterns.result import Pattern, Patterns, Population
from tingzhen.diagnosis.patterns.split import ClosedCases, closed_cases

LEAST_FAULT_CASES: Final = 80
"""Cases of a fault; a rarer one is not searched."""

Progress = Callable[[int, int], None]
"""Called with faults done and faults in all."""


def find_patterns(
    cases: CaseColumns,
    *,
    codes: Sequence[Sequence[str]] | None = None,
    faults: Collection[str] | None = None,
    since: date | None = None,
    exposure: Exposure | None = None,
    progress: Progress | None = None,
) -> Patterns:
    """Conditions under which faults are unusually likely, found and confirmed (docs/patterns.md).

    codes: stored trouble codes of each case, N; None: not known. faults: only these; None: all with
    enough cases. since: cases opened from this day on. exposure: vehicles in service, for rates.
    The order of the cases does not matter. Deterministic.
    """
    split = closed_cases(cases, codes, since)
    names = cases.fault.names
    confirmed = split.fault[split.fault >= 0]
    searched = [
        int(code) for code in np.flatnonzero(
            np.bincount(confirmed, minlength=len(names)) >= LEAST_FAULT_CASES
        )
        if faults is None or names[code] in faults
    ]  # fmt: skip
    judged = _judge_all(split, names, searched, progress)
    decided = [
        replace(pattern, rate=rate_ratio(
            exposure, split.attributes, split.has(pattern.fault),
            pattern.condition, since,
        ) if exposure else None)
        for pattern in judged
    ]  # fmt: skip
    population = _population(split, tuple(names[code] for code in searched))
    return Patterns(population, *(
        tuple(pattern for pattern in decided if pattern.status == status)
        for status in ("confirmed", "explained", "not_confirmed")
    ))  # fmt: skip


def _judge_all(
    split: ClosedCases, names: Sequence[str], searched: Sequence[int], progress: Progress | None
) -> list[Pattern]:
    if not searched:
        return []
    first, second = (split.attributes.take(rows) for rows in split.halves)
    discoveries = Discovery.of(first), Discovery.of(second)
    halves = (
        Half.of(first, split.vehicle[split.halves[0]], split.day[split.halves[0]]),
        Half.of(second, split.vehicle[split.halves[1]], split.day[split.halves[1]]),
    )
    judged: list[Judged] = []
    for done, code in enumerate(searched):
        of_fault = split.fault[split.halves[0]] == code, split.fault[split.halves[1]] == code
        proposals = [propose(d, f) for d, f in zip(discoveries, of_fault, strict=True)]
        proposed = put_together(split.attributes, *(p.conditions for p in proposals))
        # Another version of an attribute that is proposed already is the same truth told twice.
        taken = {part.key for candidate in proposed for part in candidate.condition}
        alone = put_together(split.attributes, *(_without(p.alone, taken) for p in proposals))
        judged.append(judge_fault(halves, names[code], of_fault, proposed, alone))
        if progress is not None:
            progress(done + 1, len(searched))
    return [pattern for pattern, _ in decide(halves, judged)]


def _without(conditions: Sequence[Condition], keys: set[str]) -> list[Condition]:
    return [condition for condition in conditions if condition[0].key not in keys]


def _population(split: ClosedCases, searched: tuple[str, ...]) -> Population:
    days = split.day.astype("datetime64[D]")
    return Population(
        cases=len(days), halves=(len(split.halves[0]), len(split.halves[1])),
        open_cases=split.open_cases, searched=searched,
        first=days.min().item() if len(days) else None,
        last=days.max().item() if len(days) else None,
    )  # fmt: skip
