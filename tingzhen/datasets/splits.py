"""Splits by group: all clips of one recording, car or incident stay on one side.

A random split by file looks far better than the model is, because neighbouring cuts of one
recording are almost the same sound or picture.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tingzhen.errors import ManifestError
from tingzhen.language import Text


def grouped_folds(
    groups: Sequence[str], labels: Sequence[frozenset[str]], *, folds: int, seed: int
) -> NDArray[np.int64]:
    """Fold 0..folds-1 of each item; a group is never in two folds, types are spread evenly.

    Greedy iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011) over whole groups: the
    groups of the rarest label are dealt first, each to the fold that holds the fewest groups of
    that label, then the fewest items. A label with fewer groups than folds is missing from some.
    The answer depends on `seed` and on the set of items, not on their order.

    Raises ValueError when lengths differ or folds < 2, ManifestError when there are fewer groups
    than folds.
    """
    if len(groups) != len(labels):
        raise ValueError(f"{len(groups)} groups but {len(labels)} label sets")
    if folds < 2:
        raise ValueError(f"folds must be at least 2, not {folds}")
    size = Counter(groups)
    labels_of: dict[str, set[str]] = defaultdict(set)
    for group, types in zip(groups, labels, strict=True):
        labels_of[group] |= types
    if len(size) < folds:
        raise ManifestError(
            Text(f"数据只有 {len(size)} 组录音，不足以分成 {folds} 折。请增加录音。",
                 f"The data has {len(size)} groups, too few for {folds} folds. Add recordings.")
        )  # fmt: skip
    order = np.random.default_rng(seed).permutation(len(size))
    # Large groups first within a label: the small ones can still even out what they leave.
    waiting = sorted((sorted(size)[i] for i in order), key=lambda group: -size[group])
    fold_of: dict[str, int] = {}
    label_count = [Counter[str]() for _ in range(folds)]
    item_count = [0] * folds
    while waiting:
        remaining = Counter(label for group in waiting for label in labels_of[group])
        rarest = min(remaining, key=lambda label: (remaining[label], label), default=None)
        dealt = [group for group in waiting if rarest is None or rarest in labels_of[group]]
        for group in dealt:
            fold = min(
                range(folds),
                key=lambda f: (label_count[f][rarest] if rarest else 0, item_count[f], f),
            )
            fold_of[group] = fold
            label_count[fold].update(labels_of[group])
            item_count[fold] += size[group]
        waiting = [group for group in waiting if group not in fold_of]
    return np.array([fold_of[group] for group in groups], dtype=np.int64)


def joined_groups(groups: Sequence[str], pairs: Iterable[tuple[int, int]]) -> list[str]:
    """Groups of items, those that a pair of items ties together made one, under the first name.

    For near-duplicates, which stay on one side of a split whatever their groups are called. Ties
    go on: with a pair between A and B and one between B and C all three are one group.
    """
    parent = {group: group for group in groups}

    def root(group: str) -> str:
        while parent[group] != group:
            parent[group] = parent[parent[group]]
            group = parent[group]
        return group

    for first, second in pairs:
        one, other = sorted((root(groups[first]), root(groups[second])))
        parent[other] = one
    return [root(group) for group in groups]


def check_no_leak(train_groups: Iterable[Hashable], test_groups: Iterable[Hashable]) -> None:
    """Raises ManifestError naming the groups that stand on both sides of a split."""
    shared = sorted(str(group) for group in set(train_groups) & set(test_groups))
    if shared:
        names = ", ".join(shared[:5]) + (" …" if len(shared) > 5 else "")
        raise ManifestError(
            Text(f"训练集与测试集共用了 {len(shared)} 组录音（{names}），评估结果不可信。",
                 f"{len(shared)} groups stand in both training and test ({names}): "
                 "figures from this split mean nothing.")
        )  # fmt: skip
