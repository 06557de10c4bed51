"""How far two sets of clips lie apart, on sets of which it is known."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.training.noise_measuring import gap
from tingzhen.training.noise_measuring.gap import (
    Described,
    differing_features,
    discrepancy,
    gap_between,
    source_gap,
    transfer,
)


def described(random, recordings, *, shift=0.0, source="a", name="g", cuts=2):
    """Recordings of two alike cuts; all of them lie `shift` along the first feature."""
    centre = random.normal(0, 1, (recordings, 5))
    centre[:, 0] += shift
    rows = np.repeat(centre, cuts, axis=0) + random.normal(0, 0.1, (recordings * cuts, 5))
    groups = tuple(f"{name}{i}" for i in range(recordings) for _ in range(cuts))
    return Described(rows, rows[:, :3].copy(), groups, (source,) * len(rows))


def together(*sets):
    return Described(
        np.concatenate([s.embedding for s in sets]), np.concatenate([s.plain for s in sets]),
        sum((s.groups for s in sets), ()), sum((s.sources for s in sets), ()),
    )  # fmt: skip


def test_what_lies_apart_is_told_and_what_is_alike_is_not():
    random = np.random.default_rng(0)
    one, far = described(random, 12), described(random, 12, shift=9.0)
    alike = described(random, 12)
    apart, same = gap_between(one, far), gap_between(one, alike)
    assert apart.auc_embedding == apart.auc_plain == 1.0
    assert apart.recordings == same.recordings == (12, 12)
    assert 0.1 < same.auc_embedding < 0.9 and 0.1 < same.auc_plain < 0.9
    assert apart.distance > 0.3 and abs(same.distance) < 0.1


def test_cuts_of_one_recording_never_stand_on_both_sides():
    """Each recording is easy to know again, and nothing else tells the sets apart: a split by
    clip would find an AUC near 1."""
    random = np.random.default_rng(1)
    one, other = (described(random, 16, cuts=6) for _ in range(2))
    found = gap_between(one, other)
    assert found.auc_plain < 0.8


def test_too_few_recordings_are_no_figure_however_often_cut():
    random = np.random.default_rng(0)
    few = gap_between(described(random, 3, cuts=30), described(random, 9))
    assert (few.auc_embedding, few.auc_plain, few.distance) == (None, None, None)
    assert few.recordings == (3, 9)
    assert source_gap(described(random, 9)).auc_embedding is None


def test_the_gap_between_sources_is_the_mean_over_pairs(monkeypatch):
    random = np.random.default_rng(0)
    sets = [described(random, 5, source=s, name=s, shift=shift)
            for s, shift in (("a", 0.0), ("b", 0.0), ("c", 9.0))]  # fmt: skip
    small = described(random, 2, source="d", name="d")
    monkeypatch.setattr(gap, "_auc", lambda _model, one, other, _groups, _seed: float(
        abs(one[:, 0].mean() - other[:, 0].mean())
    ))  # fmt: skip
    found = source_gap(together(*sets, small))
    pairs = [gap_between(one, other) for one, other in combinations(sets, 2)]
    assert found.auc_plain == pytest.approx(np.mean([p.auc_plain for p in pairs]))
    assert found.distance == pytest.approx(np.mean([p.distance for p in pairs]))
    assert found.recordings == (17, 3)


def discrepancy_by_loops(one, other):
    both = np.concatenate([one, other])
    spread = both.std(axis=0) + 1e-9
    width = np.median([np.sum(((x - y) / spread) ** 2) for x, y in combinations(both, 2)])

    def mean(xs, ys, *, same):
        return np.mean([
            np.exp(-np.sum(((x - y) / spread) ** 2) / width)
            for i, x in enumerate(xs) for j, y in enumerate(ys) if not same or i != j
        ])  # fmt: skip

    return (
        mean(one, one, same=True) + mean(other, other, same=True) - 2 * mean(one, other, same=False)
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 99), st.integers(2, 7), st.integers(2, 7), st.floats(0, 3))
def test_discrepancy_by_plain_loops(seed, count, rest, shift):
    random = np.random.default_rng(seed)
    one, other = random.normal(0, 1, (count, 3)), random.normal(shift, 1, (rest, 3))
    expected = discrepancy_by_loops(one, other)
    assert discrepancy(one, other) == pytest.approx(expected, abs=1e-6)
    assert discrepancy(other, one) == pytest.approx(expected, abs=1e-6)


def test_discrepancy_of_the_alike_is_nought_on_average():
    random = np.random.default_rng(0)
    found = [discrepancy(random.normal(size=(20, 4)), random.normal(size=(20, 4)))
             for _ in range(200)]  # fmt: skip
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(200)


def test_transfer_counts_recordings_that_synthetic_clips_put_first():
    random = np.random.default_rng(0)
    shifts = {"knock": 0.0, "rumble": 8.0, "tick": 16.0}
    synthetic = {t: described(random, 12, shift=s, name=t) for t, s in shifts.items()}
    # One of four knocks sounds as a synthetic rumble does: a quarter, however often others are cut.
    real = together(described(random, 3, name="k", cuts=8),
                    described(random, 1, shift=8.0, name="odd", cuts=1))  # fmt: skip
    found = transfer(synthetic, {"knock": real, "tick": synthetic["tick"]})
    assert found["knock"][0] == 0.75 <= found["knock"][1]
    assert found["tick"] == (1.0, 1.0)


def test_the_features_that_differ_most_come_first():
    random = np.random.default_rng(0)
    real, synthetic = described(random, 20), described(random, 20, shift=-9.0)
    rows = differing_features(real, synthetic, ("low", "b", "c"), count=2)
    assert len(rows) == 2
    name, of_real, of_synthetic, area = rows[0]
    assert (name, area) == ("low", 0.0)
    assert of_real == pytest.approx(np.median(real.plain[:, 0]))
    assert of_synthetic == pytest.approx(np.median(synthetic.plain[:, 0]))
