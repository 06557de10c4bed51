"""Thresholds below which a first type is not claimed, chosen on labelled recordings.

One threshold for all types would throw out the rare ones, whose scores are low; hence one a type,
such that a share of each is still answered. A greedy search of our own: the exact choice is a
knapsack over all types at once, and these few recordings do not deserve more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.training.noise_measuring.recordings import NAMES, Rows, Values


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """thresholds: (7,), of the first type's score. coverage and accuracy (balanced, of what is
    answered): on the recordings that they were chosen on."""

    coverage: float
    accuracy: float
    thresholds: Values


@dataclass(slots=True, eq=False)
class _Answered:
    """What is answered while thresholds rise. answered, right: (7,), by the right type."""

    answered: Values
    right: Values
    occurs: NDArray[np.bool_]

    def accuracy(self, answered: Values, right: Values) -> Any:
        """Balanced accuracy; answered, right: (..., 7)."""
        return (right[..., self.occurs] / answered[..., self.occurs]).mean(axis=-1)

    def best_move(self, gone: Values, type_: int, allowed: NDArray[np.bool_]) -> tuple[float, int]:
        """Gain per recording, and how many to give up. gone: (m, 7), by right type, what giving
        up the 1st, the first two, ... recordings of first type `type_` takes away."""
        right = np.repeat(self.right[None], len(gone), axis=0)
        right[:, type_] -= gone[:, type_]
        counts = np.flatnonzero(allowed)
        after = self.accuracy(self.answered - gone[counts], right[counts])
        gain = (after - self.accuracy(self.answered, self.right)) / (counts + 1)
        best = int(np.argmax(gain))
        return float(gain[best]), int(counts[best]) + 1


def threshold_path(confidence: Values, first: Rows, truth: Rows, *, of_each: float) -> list[Step]:
    """From answering all to answering as little as `of_each` of each type allows.

    confidence, first, truth: (n,): highest score, its type, the right type. Each step raises one
    type's threshold past one or more of its least sure recordings, wherever that gains most
    balanced accuracy for each recording given up.
    """
    n, types = len(truth), len(NAMES)
    if not n:
        return []
    total = np.bincount(truth, minlength=types).astype(np.float64)
    right = np.bincount(truth, weights=first == truth, minlength=types).astype(np.float64)
    state = _Answered(total.copy(), right, total > 0)
    least = np.maximum(of_each * total, 1e-9)[state.occurs]
    waiting = []
    for k in range(types):
        rows = np.flatnonzero(first == k)
        waiting.append(rows[np.argsort(confidence[rows], kind="stable")])
    thresholds = np.zeros(types)
    accuracy = float(state.accuracy(state.answered, state.right))
    path = [Step(1.0, accuracy, thresholds.copy())]
    while True:
        moves: list[tuple[float, int, int, Values]] = []
        for k, rows in enumerate(waiting):
            gone = np.cumsum(np.eye(types)[truth[rows]], axis=0)
            # A threshold lies between two different scores, so equal ones go together.
            apart = np.append(np.diff(confidence[rows]) > 0, [True] * bool(len(rows)))
            left = (state.answered - gone)[:, state.occurs]
            allowed = apart.astype(bool) & (left >= least).all(axis=1)
            if allowed.any():
                gain, count = state.best_move(gone, k, allowed)
                moves.append((gain, k, count, gone[count - 1]))
        if not moves:
            return path
        _, k, count, gone_now = max(moves, key=lambda move: move[0])
        scores = confidence[waiting[k]]
        after = scores[count] if count < len(scores) else np.nextafter(scores[count - 1], 2.0)
        thresholds[k] = max(np.nextafter(scores[count - 1], 2.0), (scores[count - 1] + after) / 2)
        waiting[k] = waiting[k][count:]
        state.answered = state.answered - gone_now
        state.right = state.right.copy()
        state.right[k] -= gone_now[k]
        accuracy = float(state.accuracy(state.answered, state.right))
        path.append(Step(float(state.answered.sum() / n), accuracy, thresholds.copy()))


def chosen_step(path: Sequence[Step], coverage: float) -> Step:
    """The most accurate step that answers at least `coverage`, of equal ones the one that answers
    most."""
    return max((step for step in path if step.coverage >= coverage), key=lambda s: s.accuracy)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """By fold, the path of thresholds that its own recordings have no part in."""

    paths: Mapping[int, Sequence[Step]]

    def answered(
        self, confidence: Values, first: Rows, fold: Rows, coverage: float
    ) -> NDArray[np.bool_]:
        """(n,): what is answered with the thresholds of each fold for `coverage`."""
        given = np.ones(len(fold), dtype=bool)
        for k, path in self.paths.items():
            if path:
                here = fold == k
                thresholds = chosen_step(path, coverage).thresholds
                given[here] = confidence[here] >= thresholds[first[here]]
        return given


def choose_by_fold(
    confidence: Values, first: Rows, truth: Rows, fold: Rows, *, of_each: float
) -> Choice:
    """Paths for each fold from the other folds. All arrays (n,); a lone fold answers all."""
    paths = {}
    for k in np.unique(fold).tolist():
        others = fold != k
        paths[k] = threshold_path(confidence[others], first[others], truth[others], of_each=of_each)
    return Choice(paths)
