"""The numbers of a knowledge base as arrays, made once when it is loaded.

Nothing here is faults times tests: of a test only the faults that state something of it are kept,
so a base of 8,000 fault trees fits, and every test of it can be looked at for one diagnosis.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import FAULT_NOISES, NoiseType
from tingzhen.diagnosis._spelling import Spelling, learn_spelling
from tingzhen.diagnosis._stated import Floats, Indices, Ranges, StatedNoise, StatedOutcomes
from tingzhen.diagnosis._word_index import WordIndex, index_words
from tingzhen.diagnosis.circumstances import WHEN, When
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES, DamageType

if TYPE_CHECKING:
    from tingzhen.diagnosis.knowledge import DiagnosticTest, Fault, Measure, Settings, Words


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """float64, one row a fault, in the order of `KnowledgeBase.faults`.

    row_of, test_of: row of a fault, number of a test, by id. weight: (F,), prior weights.
    noises: by type. damage_given: (F, damage types).
    makes_noise: (F,), whether the fault makes any. applies: (F, powertrains), 1 where the fault
    exists for that powertrain. shares: (F, powertrains), share of each fault within its group where
    the vehicle has that powertrain. mechanical: rows of the mechanical faults. visible: rows by
    damage.
    when: by situation, (F,), ln of the likelihood ratio. ranges: by measure. codes: by pattern,
    rows and ln of their ratios. words: which faults name a word; log_words_factor: (F,), ln of what
    it says of them. outcomes: of the tests.
    stops: (F,), whether the fault's advice is stop. spelling: of the English words.
    """

    row_of: Mapping[str, int]
    test_of: Mapping[str, int]
    weight: Floats
    noises: Mapping[NoiseType, StatedNoise]
    damage_given: Floats
    makes_noise: NDArray[np.bool_]
    applies: Floats
    shares: Floats
    mechanical: Indices
    visible: Mapping[DamageType, Indices]
    when: Mapping[When, Floats]
    ranges: "Mapping[Measure, Ranges]"
    codes: Mapping[str, tuple[Indices, Floats]]
    words: WordIndex
    log_words_factor: Floats
    outcomes: StatedOutcomes
    stops: NDArray[np.bool_]
    spelling: Spelling


def build_tables(
    faults: "Sequence[Fault]",
    tests: "Sequence[DiagnosticTest]",
    settings: "Settings",
    lexicon: "Sequence[Words]",
) -> Tables:
    """lexicon: words of complaints that are not of a fault: noises, situations, dangers.

    Raises KeyError for a fault that states something of a test that is not there."""
    from tingzhen.diagnosis.knowledge import Measure  # noqa: PLC0415 - it imports this module

    test_of = {test.id: number for number, test in enumerate(tests)}
    damages = [fault.damage for fault in faults]
    weight = np.array([fault.prior for fault in faults], dtype=np.float64)
    applies = np.array(
        [[float(p in f.powertrains) for p in settings.powertrain_share] for f in faults],
        dtype=np.float64,
    ).reshape(len(faults), len(settings.powertrain_share))
    mechanical = _rows([damage is None for damage in damages])
    visible = {d: _rows([damage == d for damage in damages]) for d in VISIBLE_DAMAGES}
    return Tables(
        row_of={fault.id: row for row, fault in enumerate(faults)},
        test_of=test_of,
        weight=weight,
        noises=_noises(faults, settings.noise_if_unrelated),
        damage_given=_given(
            (f.damages for f in faults), VISIBLE_DAMAGES, len(faults), settings.damage_if_unrelated
        ),
        makes_noise=np.array([bool(fault.noises) for fault in faults], dtype=bool),
        applies=applies, shares=group_shares(weight, applies, [mechanical, *visible.values()]),
        mechanical=mechanical, visible=visible,
        when=dict(
            zip(WHEN, np.log(_given((f.when for f in faults), WHEN, len(faults), 1.0)).T.copy(),
                strict=True)
        ),
        ranges={measure: _ranges(faults, measure) for measure in get_args(Measure)},
        codes=_codes(faults),
        words=index_words([fault.words for fault in faults]),
        log_words_factor=np.log(np.array([f.words_factor for f in faults], dtype=np.float64)),
        outcomes=_outcomes(faults, tests, test_of),
        stops=np.array([fault.drive == "stop" for fault in faults], dtype=bool),
        spelling=learn_spelling(
            (word for words in lexicon for word in words.en),
            right=(word for fault in faults for word in fault.words.en),
        ),
    )  # fmt: skip


def group_shares(weight: Floats, applies: Floats, groups: Iterable[Indices]) -> Floats:
    """(F, powertrains), weight: (F,), shared out within each group of rows; 0 where no fault of a
    group exists for a powertrain."""
    shares = np.zeros(applies.shape)
    for rows in groups:
        of_group = weight[rows, None] * applies[rows]
        total = of_group.sum(axis=0)
        shares[rows] = of_group / np.where(total > 0, total, 1.0)
    return shares


def _noises(faults: "Sequence[Fault]", otherwise: float) -> dict[NoiseType, StatedNoise]:
    stated: dict[NoiseType, list[tuple[int, float]]] = {t: [] for t in FAULT_NOISES}
    for row, fault in enumerate(faults):
        if fault.damage is None:
            for noise_type, given in fault.noises.items():
                stated[noise_type].append((row, given))
    visible = _rows([fault.damage is not None for fault in faults])
    return {
        noise_type: StatedNoise(
            np.array([row for row, _ in found], dtype=np.intp),
            np.array([given for _, given in found], dtype=np.float64), otherwise, visible,
        )
        for noise_type, found in stated.items()
    }  # fmt: skip


def _given(
    stated: Iterable[Mapping[Any, float]], names: Sequence[str], faults: int, otherwise: float
) -> Floats:
    """(F, names)"""
    column = {name: index for index, name in enumerate(names)}
    table = np.full((faults, len(names)), otherwise)
    for row, values in enumerate(stated):
        for name, value in values.items():
            table[row, column[name]] = value
    return table


def _rows(chosen: Sequence[bool]) -> Indices:
    return np.flatnonzero(np.array(chosen, dtype=bool))


def _ranges(faults: "Sequence[Fault]", measure: str) -> Ranges:
    found = [
        (row, bounds.low, bounds.high, bounds.factor)
        for row, fault in enumerate(faults) for bounds in fault.ranges
        if bounds.measure == measure
    ]  # fmt: skip
    table = np.array(found, dtype=np.float64).reshape(len(found), 4)
    return Ranges(
        table[:, 0].astype(np.intp), table[:, 1].copy(), table[:, 2].copy(), np.log(table[:, 3])
    )


def _codes(faults: "Sequence[Fault]") -> dict[str, tuple[Indices, Floats]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for row, fault in enumerate(faults):
        for code in fault.codes:
            found.setdefault(code.match, []).append((row, code.factor))
    return {
        pattern: (
            np.array([row for row, _ in entries], dtype=np.intp),
            np.log(np.array([factor for _, factor in entries], dtype=np.float64)),
        )
        for pattern, entries in found.items()
    }


def _outcomes(
    faults: "Sequence[Fault]", tests: "Sequence[DiagnosticTest]", test_of: Mapping[str, int]
) -> StatedOutcomes:
    most = max((len(test.outcomes) for test in tests), default=1)
    otherwise = np.zeros((len(tests), most))
    for number, test in enumerate(tests):
        otherwise[number, : len(test.outcomes)] = [o.otherwise for o in test.outcomes]
    otherwise /= np.maximum(otherwise.sum(axis=1, keepdims=True), 1e-300)
    entries = sorted(
        (test_of[name], row)
        for row, fault in enumerate(faults) for name in fault.tests
    )  # fmt: skip
    given = np.zeros((len(entries), most))
    for entry, (number, row) in enumerate(entries):
        test = tests[number]
        given[entry, : len(test.outcomes)] = _stated(test, faults[row].tests[test.id])
    pairs = np.array(entries, dtype=np.intp).reshape(len(entries), 2)
    return StatedOutcomes(
        start=np.searchsorted(pairs[:, 0], np.arange(len(tests) + 1)),
        test=pairs[:, 0].copy(), row=pairs[:, 1].copy(), given=given, otherwise=otherwise,
        count=np.array([len(test.outcomes) for test in tests], dtype=np.intp),
    )  # fmt: skip


def _stated(test: "DiagnosticTest", given: Mapping[str, float]) -> list[float]:
    """What the fault leaves open is shared out as it would be otherwise."""
    left = 1.0 - sum(given.values())
    open_ = sum(o.otherwise for o in test.outcomes if o.id not in given)
    full = [
        given[o.id] if o.id in given else left * o.otherwise / open_ for o in test.outcomes
    ]  # fmt: skip
    total = sum(full)
    return [p / total for p in full]
