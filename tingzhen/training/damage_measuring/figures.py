"""What is reported of a damage model: ranking, operating point, false alarms, place.

Every figure has a bootstrap interval over whole groups (cars or incidents) and their number.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import BODY_DAMAGES, TYPE_INDEX, Box
from tingzhen.training.intervals import bootstrap_interval
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

_BODY = [TYPE_INDEX[name] for name in BODY_DAMAGES]


@dataclass(frozen=True, slots=True, eq=False)
class Assessed:
    """Pictures with what was said and what is true; all of the same length n.

    probabilities, targets: float32 (n, types), targets with NaN for not said. reported: bool
    (n, visible damages), the type stands in the report. verdicts: str. places: for each picture
    (type index, right, chance) of each reported type that is present and boxed: whether the centre
    of its best finding lies in a true box, and the share of the picture that true boxes cover.
    """

    probabilities: NDArray[np.float32]
    targets: NDArray[np.float32]
    reported: NDArray[np.bool_]
    verdicts: Sequence[str]
    groups: Sequence[str]
    sources: Sequence[str]
    places: Sequence[Sequence[tuple[int, bool, float]]]

    def take(self, chosen: NDArray[np.int64]) -> "Assessed":
        return Assessed(
            self.probabilities[chosen], self.targets[chosen], self.reported[chosen],
            [self.verdicts[i] for i in chosen], [self.groups[i] for i in chosen],
            [self.sources[i] for i in chosen], [self.places[i] for i in chosen],
        )  # fmt: skip


def average_precision(scores: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    """Average precision, sum of precision over recall steps, ties at one step (as scikit-learn);
    NaN without positives."""
    total = int(truth.sum())
    if total == 0:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(truth[order])
    last = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
    precision = hits[last] / (last + 1)
    return float(np.sum(np.diff(hits[last] / total, prepend=0.0) * precision))


def area_under_roc(scores: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    """Probability that a positive scores above a negative, ties counted half (Mann and Whitney
    1947); NaN without positives or without negatives."""
    positive, negative = int(truth.sum()), int((~truth).sum())
    if positive == 0 or negative == 0:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def place_is_right(box: tuple[float, float, float, float], truth: Sequence[Box]) -> bool:
    """Whether the centre of a finding's box lies in a true box."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    return any(t.x <= x <= t.x + t.w and t.y <= y <= t.y + t.h for t in truth)


def covered_share(truth: Sequence[Box], cells: int = 64) -> float:
    """Share of the picture that the boxes cover together: how often chance finds the place."""
    middles = (np.arange(cells) + 0.5) / cells
    covered = np.zeros((cells, cells), dtype=bool)
    for box in truth:
        rows = (middles >= box.y) & (middles <= box.y + box.h)
        columns = (middles >= box.x) & (middles <= box.x + box.w)
        covered |= rows[:, None] & columns[None, :]
    return float(covered.mean())


def expected_calibration_error(
    probabilities: NDArray[np.float32], truth: NDArray[np.bool_], bins: int = 10
) -> float:
    """Mean distance of stated and observed frequency over equal-width bins (Naeini et al. 2015)."""
    if len(truth) == 0:
        return float("nan")
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    gap = 0.0
    for index in range(bins):
        inside = which == index
        if inside.any():
            gap += abs(float(truth[inside].mean()) - float(probabilities[inside].mean())) * float(
                inside.mean()
            )
    return gap


def figures(assessed: Assessed, *, resamples: int = 1000, seed: int = 0) -> dict[str, Any]:
    """All figures as JSON: `by_source` one object for each source.

    In it, where something is said of it: `map` (mean average precision over the body damages that
    occur), `types` (for each: positives, average_precision, auc, precision and recall as
    reported), `calibration_error`, `place` and `place_by_chance`, `verdicts` (shares, apart for
    damaged, undamaged and not_vehicle pictures).
    """
    result: dict[str, Any] = {"pictures": len(assessed.verdicts), "by_source": {}}
    for source in sorted(set(assessed.sources)):
        chosen = np.flatnonzero(np.array([name == source for name in assessed.sources]))
        result["by_source"][source] = _of_source(assessed.take(chosen), resamples, seed)
    return result


def _of_source(a: Assessed, resamples: int, seed: int) -> dict[str, Any]:
    def interval(statistic: Callable[[NDArray[np.int64]], float], within: Any = None) -> Any:
        rows = np.arange(len(a.groups)) if within is None else np.flatnonzero(within)
        groups = [a.groups[int(i)] for i in rows]
        return bootstrap_interval(
            lambda drawn: statistic(rows[drawn]), groups, resamples=resamples, seed=seed
        ).to_json()

    result: dict[str, Any] = {"pictures": len(a.groups)}
    types = {}
    scored = []
    for index, name in enumerate(VISIBLE_DAMAGES):
        known = ~np.isnan(a.targets[:, index])
        truth = a.targets[:, index] == 1
        if not truth.any():
            continue
        if (known & ~truth).any():
            scored.append(index)
        types[name] = {"positives": int(truth.sum())} | {
            figure: interval(partial(statistic, a, index), within)
            for figure, statistic, within in (
                ("average_precision", _ap, known),
                ("auc", _auc, known),
                ("precision", _share_true, known & a.reported[:, index]),
                ("recall", _share_reported, truth),
            )
        }
    body = [index for index in scored if index in _BODY]
    if body:
        result["map"] = interval(partial(_map, a, body))
        result["calibration_error"] = interval(partial(_ece, a, body))
    if types:
        result["types"] = types
    hits = [(row, right, chance) for row, of in enumerate(a.places) for _, right, chance in of]
    if hits:
        rows = [a.groups[row] for row, _, _ in hits]
        right = np.array([r for _, r, _ in hits], dtype=float)
        result["place"] = bootstrap_interval(
            lambda i: _mean(right[i]), rows, resamples=resamples, seed=seed
        ).to_json()
        result["place_by_chance"] = round(float(np.mean([chance for _, _, chance in hits])), 4)
    result["verdicts"] = _verdicts(a, interval)
    return result


def _verdicts(a: Assessed, interval: Callable[..., Any]) -> dict[str, Any]:
    verdicts = np.array(a.verdicts)
    undamaged = a.targets[:, TYPE_INDEX["undamaged"]] == 1
    not_vehicle = a.targets[:, TYPE_INDEX["not_vehicle"]] == 1
    kinds = {
        "undamaged": undamaged,
        "not_vehicle": not_vehicle,
        "damaged": (a.targets[:, TYPE_INDEX["undamaged"]] == 0) & ~not_vehicle,
    }
    shares: dict[str, Any] = {}
    for kind, within in kinds.items():
        if within.any():
            shares[kind] = {
                f"called_{verdict}": interval(partial(_share_called, verdicts, verdict), within)
                for verdict in ("damaged", "undamaged", "cannot_tell")
            }
    return shares


def _known(a: Assessed, rows: NDArray[np.int64], index: int) -> NDArray[np.int64]:
    return rows[~np.isnan(a.targets[rows, index])]


def _map(a: Assessed, indices: Sequence[int], rows: NDArray[np.int64]) -> float:
    """NaN when one of the types has no positive in the rows: a mean over fewer types is another
    figure."""
    return _mean(np.array([_ap(a, index, rows) for index in indices]))


def _ap(a: Assessed, index: int, rows: NDArray[np.int64]) -> float:
    rows = _known(a, rows, index)
    return average_precision(a.probabilities[rows, index], a.targets[rows, index] == 1)


def _auc(a: Assessed, index: int, rows: NDArray[np.int64]) -> float:
    rows = _known(a, rows, index)
    return area_under_roc(a.probabilities[rows, index], a.targets[rows, index] == 1)


def _ece(a: Assessed, indices: Sequence[int], rows: NDArray[np.int64]) -> float:
    parts = [_known(a, rows, index) for index in indices]
    stated = [a.probabilities[part, k] for part, k in zip(parts, indices, strict=True)]
    true = [a.targets[part, k] == 1 for part, k in zip(parts, indices, strict=True)]
    return expected_calibration_error(np.concatenate(stated), np.concatenate(true))


def _share_true(a: Assessed, index: int, rows: NDArray[np.int64]) -> float:
    return _mean(a.targets[rows, index] == 1)


def _share_reported(a: Assessed, index: int, rows: NDArray[np.int64]) -> float:
    return _mean(a.reported[rows, index])


def _share_called(verdicts: NDArray[Any], verdict: str, rows: NDArray[np.int64]) -> float:
    return _mean(verdicts[rows] == verdict)


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def crop_figures(
    a: Assessed, kinds: NDArray[np.str_], *, resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Damage told from no damage where neither source nor framing can help.

    Crops of the same photos and the same sizes: with damage in them (kind "near") and outside all
    boxes ("free"). Empty without both.

    `auc`: of the largest body damage probability. `free_called_damaged`, `near_called_damaged`:
    shares.
    """
    near, free = np.flatnonzero(kinds == "near"), np.flatnonzero(kinds == "free")
    shows = (a.targets[near][:, _BODY] == 1).any(axis=1) if len(near) else np.zeros(0, bool)
    near = near[shows]
    if len(near) == 0 or len(free) == 0:
        return {}
    rows = np.concatenate([near, free])
    truth = np.arange(len(rows)) < len(near)
    score = a.probabilities[rows][:, _BODY].max(axis=1)
    called = np.array([a.verdicts[i] == "damaged" for i in rows])
    groups = [a.groups[i] for i in rows]

    def share(of: NDArray[np.bool_]) -> dict[str, float | int | None]:
        inside = np.flatnonzero(of)
        return bootstrap_interval(
            lambda i: _mean(called[inside[i]]),
            [groups[i] for i in inside],
            resamples=resamples,
            seed=seed,
        ).to_json()

    return {
        "near": len(near),
        "free": len(free),
        "auc": bootstrap_interval(
            lambda i: area_under_roc(score[i], truth[i]), groups, resamples=resamples, seed=seed
        ).to_json(),
        "near_called_damaged": share(truth),
        "free_called_damaged": share(~truth),
    }
