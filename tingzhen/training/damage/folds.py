"""Which pictures are held out together: groups whole, and copies of one picture with them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.datasets.splits import check_no_leak, grouped_folds
from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.damage_measuring.leaks import Hashes, split_groups


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One network of a run. learned: int64 rows that it learns from. tested: int64 rows that it
    never saw and is scored on."""

    name: str
    learned: NDArray[np.int64]
    tested: NDArray[np.int64]


def picture_folds(
    pictures: Sequence[DamagePicture], hashes: Hashes, *, folds: int, seed: int
) -> NDArray[np.int64]:
    """int64 (n,): the fold of each picture. Groups and near-duplicates whole, sources and damage
    types spread evenly. Raises ManifestError when there are fewer groups than folds."""
    labels = [
        frozenset({f"{picture.source}:{label}" for label in picture.labels}) for picture in pictures
    ]
    groups = split_groups([picture.group for picture in pictures], hashes)
    return grouped_folds(groups, labels, folds=folds, seed=seed)


def fold_parts(fold: NDArray[np.int64], groups: Sequence[str]) -> list[Part]:
    """One part for each fold: fold0, fold1, ..."""
    parts = [
        Part(f"fold{k}", np.flatnonzero(fold != k), np.flatnonzero(fold == k))
        for k in np.unique(fold).tolist()
    ]
    for part in parts:
        check_no_leak({groups[i] for i in part.learned}, {groups[i] for i in part.tested})
    return parts


def source_part(pictures: Sequence[DamagePicture], hashes: Hashes, sources: Sequence[str]) -> Part:
    """The part that learns nothing of these sources, copies of their pictures elsewhere included,
    and is scored on them. Raises TrainingError when one is unknown or nothing is left."""
    known = {picture.source for picture in pictures}
    unknown = sorted(set(sources) - known)
    if unknown:
        raise TrainingError(
            Text(f"数据清单中没有来源 {unknown[0]}。", f"The manifest has no source {unknown[0]}.")
        )
    tested = np.array([picture.source in sources for picture in pictures])
    groups = np.array(split_groups([picture.group for picture in pictures], hashes))
    learned = ~np.isin(groups, np.unique(groups[tested]))
    if not learned.any():
        raise TrainingError(
            Text("去掉这些来源后没有剩下可学习的图片。",
                 "Nothing is left to learn from without these sources.")
        )  # fmt: skip
    return Part("source_left_out", np.flatnonzero(learned), np.flatnonzero(tested))
