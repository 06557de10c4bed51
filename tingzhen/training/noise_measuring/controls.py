"""Controls that hear nothing: what they reach on the same folds is no skill at hearing faults.

Each goes through a logistic regression and a forest of small trees; whichever is better counts,
so a margin over a control is, if anything, too small.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tingzhen.training.intervals import bootstrap_interval
from tingzhen.training.noise_measuring.listening_for_nothing import CONTROLS
from tingzhen.training.noise_measuring.recordings import (
    SEVEN,
    Rows,
    Scored,
    Values,
    by_recording,
    fourteen_scores,
    seven_of,
    seven_scores,
)
from tingzhen.training.noise_measuring.scores import balanced_accuracy

TREES = 100
LEAF = 3


def classifiers(seed: int) -> Mapping[str, Callable[[], Any]]:
    """New classifiers by name; all classes weigh the same."""
    return {
        "logistic": lambda: make_pipeline(
            StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000)
        ),
        "forest": lambda: RandomForestClassifier(
            TREES, min_samples_leaf=LEAF, class_weight="balanced", random_state=seed
        ),
    }


def out_of_fold(
    make: Callable[[], Any], features: Values, truth: Rows, fold: Rows, classes: int
) -> Values:
    """(n, classes): probabilities of each row by a classifier fitted on the other folds.

    features (n, d); truth (n,), -1 for rows to be scored but not learned from; fold (n,). Where
    the other folds hold one class, that class is certain; where they hold none, all are 0.
    """
    scores = np.zeros((len(truth), classes))
    for k in np.unique(fold):
        train, test = (truth >= 0) & (fold != k), fold == k
        taught = np.unique(truth[train])
        if len(taught) == 1:
            scores[np.ix_(test, taught)] = 1.0
        elif len(taught):
            model = make().fit(features[train], truth[train])
            scores[np.ix_(test, model.classes_)] = model.predict_proba(features[test])
    return scores


def control_scores(
    scored: Scored, facts: Values, fold: Rows, *, seed: int = 0
) -> dict[str, tuple[str, Scored]]:
    """By control: the better classifier's name, and what it says of the same clips.

    facts: (clips, 5), of `facts_of_clips`; fold: (clips,).
    """
    truth = np.array([seven_of(clip) for clip in scored.clips], dtype=np.int64)
    best = {}
    for name, columns in CONTROLS.items():
        tried = []
        for kind, make in classifiers(seed).items():
            found = out_of_fold(make, facts[:, columns], truth, fold, len(SEVEN))
            heard = Scored(scored.clips, fourteen_scores(found), scored.verdicts)
            r = by_recording(heard)
            hit = _first(r.probabilities)[r.known] == r.truth[r.known]
            tried.append((balanced_accuracy(hit, r.truth[r.known]), kind, heard))
        _, kind, heard = max(tried, key=lambda one: one[0])
        best[name] = (kind, heard)
    return best


def controls(
    scored: Scored, facts: Values, fold: Rows, *, resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """By control: its balanced accuracy over the seven types, and the model's margin over it.

    The margin is a paired bootstrap: both are scored on the same drawn recordings.
    """
    r = by_recording(scored)
    known, truth = r.known, r.truth[r.known]
    groups = [r.groups[i] for i in known]
    ours = _first(r.probabilities)[known] == truth

    def interval(statistic: Callable[[Rows], float]) -> dict[str, Any]:
        return bootstrap_interval(statistic, groups, resamples=resamples, seed=seed).to_json()

    def accuracy_of(hit: NDArray[np.bool_]) -> Callable[[Rows], float]:
        return lambda i: balanced_accuracy(hit[i], truth[i])

    def margin_over(hit: NDArray[np.bool_]) -> Callable[[Rows], float]:
        return lambda i: balanced_accuracy(ours[i], truth[i]) - balanced_accuracy(hit[i], truth[i])

    figures: dict[str, Any] = {}
    for name, (kind, heard) in control_scores(scored, facts, fold, seed=seed).items():
        hit = _first(by_recording(heard).probabilities)[known] == truth
        figures[name] = {
            "classifier": kind,
            "balanced_accuracy": interval(accuracy_of(hit)),
            "margin": interval(margin_over(hit)),
        }
    return figures


def _first(probabilities: Values) -> Rows:
    return seven_scores(probabilities).argmax(axis=1).astype(np.int64)
