"""Grouped folds and the leak check."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.datasets.splits import check_no_leak, grouped_folds
from tingzhen.errors import ManifestError

items = st.lists(
    st.tuples(
        st.integers(0, 25).map("g{}".format),
        st.frozensets(st.sampled_from(["knock", "squeal", "normal"]), max_size=2),
    ),
    min_size=1,
    max_size=120,
)


@given(items, st.integers(2, 5), st.integers(0, 3))
def test_a_group_is_never_in_two_folds(rows, folds, seed):
    groups, labels = [g for g, _ in rows], [types for _, types in rows]
    if len(set(groups)) < folds:
        with pytest.raises(ManifestError):
            grouped_folds(groups, labels, folds=folds, seed=seed)
        return
    fold = grouped_folds(groups, labels, folds=folds, seed=seed)
    assert fold.shape == (len(groups),)
    assert set(fold.tolist()) == set(range(folds))
    for group in set(groups):
        assert len({int(f) for f, g in zip(fold, groups, strict=True) if g == group}) == 1
    for k in range(folds):
        check_no_leak(
            [g for g, f in zip(groups, fold, strict=True) if f != k],
            [g for g, f in zip(groups, fold, strict=True) if f == k],
        )


@given(st.permutations(range(30)))
def test_order_of_items_does_not_matter(order):
    groups = [f"g{i // 2}" for i in range(30)]
    labels = [frozenset({"knock" if i % 6 < 2 else "normal"}) for i in range(30)]
    fold = grouped_folds(groups, labels, folds=3, seed=1)
    shuffled = grouped_folds(
        [groups[i] for i in order], [labels[i] for i in order], folds=3, seed=1
    )
    assert np.array_equal(shuffled, fold[list(order)])


def test_types_are_spread_evenly():
    groups = [f"g{i}" for i in range(100)]
    labels = [frozenset({"knock"} if i < 10 else {"squeal"} if i < 35 else {"normal"})
              for i in range(100)]  # fmt: skip
    fold = grouped_folds(groups, labels, folds=5, seed=0)
    for name, expected in (("knock", 2), ("squeal", 5), ("normal", 13)):
        per_fold = Counter(int(f) for f, types in zip(fold, labels, strict=True) if name in types)
        assert all(per_fold[k] == expected for k in range(5))


def test_seed_changes_the_split():
    groups = [f"g{i}" for i in range(40)]
    labels = [frozenset({"normal"})] * 40
    first = grouped_folds(groups, labels, folds=5, seed=0)
    assert np.array_equal(first, grouped_folds(groups, labels, folds=5, seed=0))
    assert not np.array_equal(first, grouped_folds(groups, labels, folds=5, seed=1))


def test_a_leak_is_named():
    with pytest.raises(ManifestError, match="car_7"):
        check_no_leak(["car_1", "car_7"], ["car_7", "car_9"])
    check_no_leak(["car_1"], ["car_2"])
