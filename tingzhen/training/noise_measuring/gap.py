"""How far synthetic recordings lie from real ones of the same type.

An AUC of 0.5 says that a classifier cannot tell them apart, 1.0 that it always can. Two phones
already differ, so each figure stands beside the same figure for real recordings of two sources.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Rows = NDArray[np.float64]
LEAST_RECORDINGS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """Clips of one kind: embedding (k, d), plain (k, p), group and source of each clip."""

    embedding: Rows
    plain: Rows
    groups: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def recordings(self) -> int:
        return len(set(self.groups))

    def of_source(self, source: str) -> "Described":
        keep = [index for index, name in enumerate(self.sources) if name == source]
        return Described(
            self.embedding[keep], self.plain[keep],
            tuple(self.groups[i] for i in keep), tuple(self.sources[i] for i in keep),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gap:
    """None where there are too few recordings. auc_*: cross-validated over recordings. distance:
    squared maximum mean discrepancy of the embeddings."""

    auc_embedding: float | None
    auc_plain: float | None
    distance: float | None
    recordings: tuple[int, int]


def gap_between(one: Described, other: Described, *, seed: int = 0) -> Gap:
    """The gap between two sets of clips that share no recording."""
    counts = (one.recordings, other.recordings)
    if min(counts) < LEAST_RECORDINGS:
        return Gap(None, None, None, counts)
    linear = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.01, class_weight="balanced", max_iter=500)
    )
    forest = RandomForestClassifier(
        150, min_samples_leaf=2, class_weight="balanced", random_state=seed, n_jobs=1
    )
    groups = [*(f"a {g}" for g in one.groups), *(f"b {g}" for g in other.groups)]
    return Gap(
        _auc(linear, one.embedding, other.embedding, groups, seed),
        _auc(forest, one.plain, other.plain, groups, seed),
        discrepancy(one.embedding, other.embedding),
        counts,
    )


def source_gap(real: Described, *, seed: int = 0) -> Gap:
    """The mean gap between each two sources of the same real clips: what synthesis may have at
    best, as long as the phone and the place differ as they do between sources."""
    names = [
        name
        for name in sorted(set(real.sources))
        if real.of_source(name).recordings >= LEAST_RECORDINGS
    ]
    gaps = [
        gap_between(real.of_source(one), real.of_source(other), seed=seed)
        for index, one in enumerate(names)
        for other in names[index + 1 :]
    ]

    def mean(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known else None

    return Gap(
        mean([gap.auc_embedding for gap in gaps]), mean([gap.auc_plain for gap in gaps]),
        mean([gap.distance for gap in gaps]), (real.recordings, len(names)),
    )  # fmt: skip


def _auc(model: object, one: Rows, other: Rows, groups: Sequence[str], seed: int) -> float:
    features = np.concatenate([one, other])
    target = np.r_[np.zeros(len(one)), np.ones(len(other))].astype(int)
    names = np.array(groups)
    least = min(len(set(names[target == side])) for side in (0, 1))
    folds = StratifiedGroupKFold(min(5, least), shuffle=True, random_state=seed)
    scores = np.zeros(len(target))
    for train, test in folds.split(features, target, names):
        model.fit(features[train], target[train])  # type: ignore[attr-defined]
        scores[test] = model.predict_proba(features[test])[:, 1]  # type: ignore[attr-defined]
    unique = np.unique(names)
    mean = [scores[names == name].mean() for name in unique]
    side = [target[names == name][0] for name in unique]
    return float(roc_auc_score(side, mean))


def discrepancy(one: Rows, other: Rows) -> float:
    """Unbiased squared maximum mean discrepancy with a Gaussian kernel as wide as the median
    distance of all clips (Gretton et al., JMLR 13, 2012, eq. 3). 0 in expectation where both are
    drawn alike; may fall below."""
    both = np.concatenate([one, other])
    both = both / (both.std(axis=0) + 1e-9)
    squares = np.sum(both**2, axis=1)
    distances = np.maximum(0.0, squares[:, None] + squares - 2 * both @ both.T)
    # Not the diagonal: a clip's distance to itself is 0 only up to rounding.
    width = float(np.median(distances[np.triu_indices(len(both), 1)]))
    np.fill_diagonal(distances, 0.0)
    kernel = np.exp(-distances / max(width, 1e-9))
    split, count, rest = len(one), len(one), len(other)
    within_one = (kernel[:split, :split].sum() - count) / (count * (count - 1))
    within_other = (kernel[split:, split:].sum() - rest) / (rest * (rest - 1))
    return float(within_one + within_other - 2 * kernel[:split, split:].mean())


def transfer(
    synthetic: dict[str, Described], real: dict[str, Described]
) -> dict[str, tuple[float, float]]:
    """For each type, the share of real recordings that a classifier which saw synthetic clips only
    puts first, and among the first two, of all types given."""
    names = sorted(synthetic)
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.003, class_weight="balanced", max_iter=500)
    )
    model.fit(
        np.concatenate([synthetic[name].embedding for name in names]),
        np.concatenate([[name] * len(synthetic[name].embedding) for name in names]),
    )
    found = {}
    for name, described in real.items():
        scores = model.predict_log_proba(described.embedding)
        groups = np.array(described.groups)
        order = np.array([
            np.argsort(-scores[groups == group].mean(axis=0)) for group in np.unique(groups)
        ])  # fmt: skip
        right = list(model.classes_).index(name)
        found[name] = (
            float(np.mean(order[:, 0] == right)),
            float(np.mean(np.any(order[:, :2] == right, axis=1))),
        )
    return found


def differing_features(
    real: Described, synthetic: Described, names: Sequence[str], *, count: int = 8
) -> list[tuple[str, float, float, float]]:
    """Plain features that differ most: name, median of real, median of synthetic, and the AUC of
    that feature alone."""
    target = np.r_[np.zeros(len(real.plain)), np.ones(len(synthetic.plain))]
    both = np.concatenate([real.plain, synthetic.plain])
    rows = [
        (name, float(np.median(real.plain[:, i])), float(np.median(synthetic.plain[:, i])),
         float(roc_auc_score(target, both[:, i])))
        for i, name in enumerate(names)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -abs(row[3] - 0.5))[:count]
