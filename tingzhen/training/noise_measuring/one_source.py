"""A fault against normal inside one source, where the source itself cannot give the label away.

Only there does an AUC speak of hearing; and even there clip length, bit rate or bandwidth can
separate the two, so every control is asked the same.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.training.intervals import bootstrap_interval
from tingzhen.training.noise_measuring.controls import classifiers, out_of_fold
from tingzhen.training.noise_measuring.listening_for_nothing import CONTROLS
from tingzhen.training.noise_measuring.recordings import (
    NAMES,
    NORMAL,
    Rows,
    Scored,
    Values,
    by_recording,
    seven_scores,
)
from tingzhen.training.noise_measuring.scores import auc

ENOUGH = 10
"""Recordings of the fault, and of normal, that a source must hold."""


def one_source(
    scored: Scored, facts: Values, fold: Rows, *, resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """By source, then by fault type: AUC of the type's probability over recordings of the fault
    and normal ones, the same of each control, and the paired difference to it.

    facts: (clips, 5) of `facts_of_clips`; fold: (clips,). A control learns fault against normal
    from this source's recordings of the other folds. `best_control` names the one of highest AUC.
    """
    r = by_recording(scored)
    by_recording_facts = np.array([facts[row].mean(axis=0) for row in r.members])
    part = np.array([fold[row[0]] for row in r.members], dtype=np.int64)
    scores = seven_scores(r.probabilities)
    figures: dict[str, Any] = {}
    for source in sorted(set(r.sources.tolist())):
        for k in range(NORMAL):
            rows = np.flatnonzero((r.sources == source) & np.isin(r.truth, (k, NORMAL)))
            fault = r.truth[rows] == k
            if min(fault.sum(), (~fault).sum()) < ENOUGH:
                continue
            compared = _compare(
                scores[rows, k], fault, by_recording_facts[rows], part[rows],
                [r.groups[i] for i in rows], resamples, seed,
            )  # fmt: skip
            figures.setdefault(source, {})[NAMES[k]] = compared
    return figures


def _compare(  # noqa: PLR0917 - the parts of one comparison
    model: Values,
    fault: NDArray[np.bool_],
    facts: Values,
    fold: Rows,
    groups: list[str],
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    def interval(statistic: Callable[[Rows], float]) -> dict[str, Any]:
        return bootstrap_interval(statistic, groups, resamples=resamples, seed=seed).to_json()

    def auc_of(scores: Values) -> Callable[[Rows], float]:
        return lambda i: auc(scores[i], fault[i])

    def difference_to(scores: Values) -> Callable[[Rows], float]:
        return lambda i: auc(model[i], fault[i]) - auc(scores[i], fault[i])

    found: dict[str, Any] = {
        "faults": int(fault.sum()),
        "normals": int((~fault).sum()),
        "auc": interval(auc_of(model)),
        "controls": {},
    }
    best, best_name = -math.inf, ""
    for name, columns in CONTROLS.items():
        kind, scores = max(
            (
                (kind, out_of_fold(make, facts[:, columns], fault.astype(np.int64), fold, 2)[:, 1])
                for kind, make in classifiers(seed).items()
            ),
            key=lambda one: auc(one[1], fault),
        )
        found["controls"][name] = {
            "classifier": kind,
            "auc": interval(auc_of(scores)),
            "difference": interval(difference_to(scores)),
        }
        if auc(scores, fault) > best:
            best, best_name = auc(scores, fault), name
    found["best_control"] = best_name
    found["over_best_control"] = found["controls"][best_name]["difference"]
    return found
