"""SIMULATION. The knowledge base that the engine holds: the world's, with errors and gaps.

Priors, link strengths and test accuracies are scattered around the world's; causes that stand in
no tree are missing; a few causes are in the base that never happen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tingzhen.audio.vocabulary import FAULT_NOISES, NoiseType
from tingzhen.diagnosis.circumstances import WHEN, When
from tingzhen.diagnosis.knowledge import (
    CodeFactor,
    DiagnosticOutcome,
    DiagnosticTest,
    Fault,
    KnowledgeBase,
    RangeFactor,
    Repair,
    Settings,
    WordMeaning,
    Words,
)
from tingzhen.diagnosis.simulated_workshop.names import cause_name, symptom_name, system_name
from tingzhen.diagnosis.simulated_workshop.world import (
    CONDITIONS,
    SCREENING_OTHERWISE,
    Floats,
    Ints,
    World,
    around,
)
from tingzhen.language import Text

SOURCE: Final = "simulation"
# High enough that codes and words can single out one tree of 8,000.
_CAP: Final = 1e6
_SAFE: Final = Text("模拟数据。", "Simulated.")
_OUTCOMES: Final = ("normal", "one", "two")


@dataclass(frozen=True, slots=True, eq=False)
class EngineBase:
    """knowledge: as the engine holds it. row: (F,), of each fault of the world, -1 where missing.

    fault: (rows,), the fault of the world of each row. tested: components with a test, in the order
    of the tests; the screening tests come after them, system by system.
    test_of: (rows,), index in `knowledge.tests` of the test of each row's component.
    printed: for each tree, rows of the base in the order in which its steps are printed.
    """

    knowledge: KnowledgeBase
    row: Ints
    fault: Ints
    tested: Ints
    test_of: Ints
    printed: tuple[tuple[int, ...], ...]


def engine_base(
    world: World, settings: Settings, word_meanings: Sequence[WordMeaning]
) -> EngineBase:
    """The engine's base of a world. settings, word_meanings: of the shipped base; the caps on codes
    and words are raised, for they have to tell 8,000 trees apart, not some eighty faults."""
    a, rng = world.assumptions, np.random.default_rng([world.seed, 2])
    count = len(world.tree)
    never = world.weight == 0.0
    believed = np.where(never, np.median(world.weight[world.known & ~never]), world.weight)
    prior = believed * np.exp(rng.normal(0.0, a.prior_error, count))
    noises = np.where(
        world.noises > 0.02, around(world.noises, a.link_error, rng), world.noises
    )  # fmt: skip
    when = np.where(world.when > 1.0, world.when * np.exp(
        rng.normal(0.0, a.link_error, world.when.shape)), 1.0)  # fmt: skip
    sensitivity = around(world.sensitivity, a.link_error, rng)
    false_alarm = around(world.false_alarm, a.link_error, rng)
    # How much more often a code is stored, a symptom named, with its tree than by chance.
    code = world.code_stored / max(a.stale_code, 1e-3) * world.trees
    code *= np.exp(rng.normal(0.0, a.link_error, count))
    # A technician has written the symptom down, so it is named always.
    words = world.trees / a.misnamed_symptom
    condition = np.exp(rng.normal(0.0, a.link_error, count))
    row = np.full(count, -1, dtype=np.intp)
    row[world.known] = np.arange(int(world.known.sum()))
    place = np.arange(world.trees) - np.searchsorted(world.tree_system, world.tree_system)
    symptoms = [symptom_name(int(s), int(k)) for s, k in zip(world.tree_system, place, strict=True)]
    # Weights of a base are around 1, whatever the number of faults.
    prior *= world.known.sum() / prior[world.known].sum()
    faults = []
    for f in np.flatnonzero(world.known).tolist():
        tree, component = int(world.tree[f]), int(world.component[f])
        system, stored = int(world.tree_system[tree]), world.tree_code[tree]
        symptom = symptoms[tree]
        measure, low, high, factor = CONDITIONS[world.condition[f]]
        tests = {f"t{component}": {"bad": float(sensitivity[f]), "ok": 1.0 - float(sensitivity[f])}}
        for k, fits in enumerate(world.screening[f].tolist()):
            if fits:
                tests[f"s{system}_{k}"] = _screening(a.screening_accuracy, fits)
        faults.append(
            Fault(
                id=f"f{f}", name=cause_name(system, component), system=f"system{system}",
                damage=None, prior=float(prior[f]), powertrains=world.powertrains[system],
                noises=_noises(noises[f]), damages={}, when=_when(when[f]),
                ranges=() if factor == 1.0 else (
                    RangeFactor(measure, low, high, factor * float(condition[f])),),
                codes=() if stored is None else (CodeFactor(stored, float(code[f])),),
                words=Words((symptom.zh,), (symptom.en,)), words_factor=words,
                tests=tests,
                repair=Repair(_SAFE, (), float(world.repair_min[f]), float(world.parts_cny[f])),
                severity="moderate", drive="soon", drive_reason=_SAFE, source=SOURCE,
            )
        )  # fmt: skip
    tested = np.unique(world.component[world.known])
    knowledge = KnowledgeBase(
        tuple(faults), tuple(_tests(world, tested, false_alarm)), _settings(settings),
        tuple(word_meanings), (), (),
    )  # fmt: skip
    return EngineBase(
        knowledge, row, np.flatnonzero(world.known), tested,
        np.searchsorted(tested, world.component[world.known]), _printed(world, prior, row, rng),
    )  # fmt: skip


def _screening(accuracy: float, fits: int) -> dict[str, float]:
    other = 3 - fits
    left = 1.0 - accuracy
    return {"normal": left * 2 / 3, _OUTCOMES[fits]: accuracy, _OUTCOMES[other]: left / 3}


def screening_table(world: World, fits: int) -> Floats:
    """(3,) P(outcome) of a screening test, as the world has it, for a fault with outcome `fits`."""
    if fits == 0:
        return np.array(SCREENING_OTHERWISE)
    given = _screening(world.assumptions.screening_accuracy, fits)
    return np.array([given[name] for name in _OUTCOMES])


def _noises(given: Floats) -> dict[NoiseType, float]:
    return {t: float(p) for t, p in zip(FAULT_NOISES, given, strict=True) if p > 0.02}


def _when(ratio: Floats) -> dict[When, float]:
    return {w: float(r) for w, r in zip(WHEN, ratio, strict=True) if r != 1.0}


def _tests(world: World, tested: Ints, false_alarm: Floats) -> list[DiagnosticTest]:
    """One for each tested component; then the screening tests, system by system."""
    tests = []
    for c in tested.tolist():
        system, alarm = int(world.component_system[c]), float(false_alarm[c])
        outcomes = (DiagnosticOutcome("ok", _SAFE, 1.0 - alarm),
                    DiagnosticOutcome("bad", _SAFE, alarm))  # fmt: skip
        tests.append(_test(f"t{c}", cause_name(system, c), float(world.test_min[c]),
                           float(world.test_cny[c]), outcomes))  # fmt: skip
    systems, screenings = world.screening_min.shape
    for system in range(systems):
        for k in range(screenings):
            screened = tuple(
                DiagnosticOutcome(name, _SAFE, chance)
                for name, chance in zip(_OUTCOMES, SCREENING_OTHERWISE, strict=True)
            )
            tests.append(_test(f"s{system}_{k}", system_name(system),
                               float(world.screening_min[system, k]), 0.0, screened))  # fmt: skip
    return tests


def _test(
    name: str, text: Text, minutes: float, cny: float, outcomes: tuple[DiagnosticOutcome, ...]
) -> DiagnosticTest:
    return DiagnosticTest(
        id=name, name=text, how=_SAFE, tools=(), minutes=minutes, risk="none", risk_note=None,
        drives=False, runs=False, outcomes=outcomes, source=SOURCE, cost_cny=cny,
    )  # fmt: skip


def _printed(
    world: World, prior: Floats, row: Ints, rng: np.random.Generator
) -> tuple[tuple[int, ...], ...]:
    """Steps of each tree by its author's guess of P/C, from the base's priors, not the world's."""
    a = world.assumptions
    cost = world.test_min[world.component]
    guess = np.log(np.maximum(prior, 1e-12) / cost)
    guess += rng.normal(0.0, 1.0, len(guess)) * a.printed_order
    order = np.lexsort((-guess, world.tree))
    order = order[world.known[order]]
    ends = np.searchsorted(world.tree[order], np.arange(world.trees + 1))
    return tuple(tuple(row[order[ends[t] : ends[t + 1]]].tolist()) for t in range(world.trees))


def _settings(shipped: Settings) -> Settings:
    """Of the shipped base, but for what depends on the number of trees."""
    return replace(shipped, code_cap=_CAP, complaint_cap=_CAP)
