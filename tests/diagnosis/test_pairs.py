"""Pairs of faults against a plain sum over all of them; bounds hold where cells are too few."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmarks.generated_base import generated_base
from tests.diagnosis.examples import SEEN_NOTHING, heard, shipped
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import _pairs, parse_circumstances, weigh
from tingzhen.diagnosis._pairs import pair_weights

# Few different values, as in knowledge; 0 most of all.
values = st.sampled_from([0.0, 0.0, 0.0, -2.3, -0.7, -0.1, 0.1, 0.4, 1.1, 3.0])


def plain(prior: np.ndarray, there: np.ndarray, absent: np.ndarray) -> np.ndarray:
    weight = np.zeros(len(prior))
    for a, b in combinations(range(len(prior)), 2):
        ratio = np.maximum(there[:, a], there[:, b]).sum()
        ratio += np.minimum(absent[:, a], absent[:, b]).sum()
        of_pair = prior[a] * prior[b] * np.exp(ratio)
        weight[a] += of_pair
        weight[b] += of_pair
    return weight


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    faults = draw(st.integers(0, 14))
    prior = draw(arrays(float, faults, elements=st.sampled_from([0.0, 0.01, 0.2, 1.0])))
    there, absent = (
        draw(arrays(float, (draw(st.integers(0, 4)), faults), elements=values)) for _ in range(2)
    )
    return prior, there, absent


@given(problem=problems())
def test_every_fault_its_own_cell_is_the_plain_sum(problem) -> None:
    marked = np.arange(len(problem[0])) % 2.0
    weights, expected = pair_weights(*problem, marked=marked), plain(*problem)
    assert weights.weight == pytest.approx(expected, rel=1e-12, abs=1e-300)
    assert weights.total == pytest.approx(expected.sum() / 2)
    assert weights.marked == pytest.approx(expected @ marked / 2)
    assert not weights.error.any()
    assert weights.total_error == weights.marked_error == 0.0


@settings(max_examples=40, deadline=None)
@given(problem=problems(), cells=st.integers(3, 8), log_scale=st.floats(-3, 3))
def test_with_fewer_cells_the_error_is_never_more_than_said(problem, cells, log_scale) -> None:
    marked = np.arange(len(problem[0])) % 2.0
    with few(cells):
        weights = pair_weights(*problem, marked=marked, log_scale=log_scale)
    expected = plain(*problem) / np.exp(log_scale)
    total, half = expected.sum() / 2, expected @ marked / 2
    assert (np.abs(weights.weight - expected) <= weights.error + 1e-9 * expected).all()
    assert abs(weights.total - total) <= weights.total_error + 1e-9 * total
    assert abs(weights.marked - half) <= weights.marked_error + 1e-9 * total


@contextmanager
def few(cells: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pairs, "CELLS", cells)
        patch.setattr(_pairs, "EXACT", cells)
        yield


BASE = generated_base(shipped(), 60)
CONTEXTS = (
    {},
    {"when": ["braking"], "vehicle": {"powertrain": "petrol", "mileage_km": 160000}},
    {"complaint": "冷车启动吱吱响", "ambient_c": -5, "codes": ["P0301"]},
)


@settings(max_examples=30, deadline=None)
@given(
    scores=st.dictionaries(st.sampled_from(FAULT_NOISES), st.floats(0, 1), max_size=4),
    context=st.sampled_from(CONTEXTS), cells=st.sampled_from([20, 60, 120]),
)  # fmt: skip
def test_a_posterior_with_too_few_cells_is_within_its_bounds(scores, context, cells) -> None:
    told, noise = parse_circumstances(context), heard(**scores)
    exact = weigh(BASE, noise, SEEN_NOTHING, told).mechanical
    assert exact.error == 0.0
    assert exact.most is exact.posterior
    with few(cells):
        near = weigh(BASE, noise, SEEN_NOTHING, told).mechanical
    assert 0.0 < near.error <= 1.0
    assert (exact.posterior <= near.most + 1e-9).all()
    assert exact.stops <= near.stops + 1e-9
    assert abs(exact.nothing - near.nothing) <= near.error
    assert abs(exact.other - near.other) <= near.error
    if cells == 120:
        # Far nearer than proven, or thousands of faults could not be told apart.
        assert np.abs(exact.posterior - near.posterior).max() < 0.05
        assert abs(exact.nothing - near.nothing) < 0.02
    assert near.share.sum() + near.nothing + near.other == pytest.approx(1.0)


def test_more_cells_say_more() -> None:
    errors = []
    for cells in (20, 60, 180, 1000):
        with few(cells):
            told = parse_circumstances(CONTEXTS[1])
            errors.append(weigh(BASE, heard(squeal=0.8), SEEN_NOTHING, told).mechanical.error)
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == 0.0
