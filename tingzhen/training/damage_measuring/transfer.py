"""Whether a type is told from its absence in sources other than the phone photos."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tingzhen.training.damage_measuring.resampling import Resampling, figure
from tingzhen.training.damage_measuring.scored import UNDAMAGED, ScoredPictures, of_sources
from tingzhen.training.damage_measuring.weighted import area_under_roc
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES


def transfer_figures(
    scored: ScoredPictures, except_sources: Sequence[str], how: Resampling
) -> dict[str, Any]:
    """By source and type areas under the ROC curve; positives are its pictures with the type.

    `auc_against_undamaged`: against its undamaged pictures. `auc_against_other_types`: against its
    pictures that are labelled with other types and not this one. Where it labels one type a
    picture, this one may be visible in them unsaid, so the figure is rather too low. `auc`:
    against both. What it has no pictures for is missing.
    """
    result: dict[str, Any] = {}
    for source in sorted(set(scored.sources) - set(except_sources)):
        own = of_sources(scored, [source])
        types = {
            name: found
            for index, name in enumerate(VISIBLE_DAMAGES)
            if (found := _of_type(own, index, how))
        }
        if types:
            result[source] = types
    return result


def _of_type(scored: ScoredPictures, index: int, how: Resampling) -> dict[str, Any] | None:
    targets = scored.targets()
    truth = targets[:, index] == 1
    undamaged = targets[:, UNDAMAGED] == 1
    visible = set(VISIBLE_DAMAGES)
    others = np.array([bool(p.labels & visible) for p in scored.pictures], bool) & ~truth
    if not truth.any() or not (undamaged | others).any():
        return None
    result: dict[str, Any] = {"positives": int(truth.sum())}
    for name, negatives in (
        ("auc", undamaged | others),
        ("auc_against_undamaged", undamaged),
        ("auc_against_other_types", others),
    ):
        if negatives.any():
            rows = np.flatnonzero(truth | negatives)
            statistic = area_under_roc(scored.probabilities[rows, index], truth[rows])
            groups = [scored.pictures[i].group for i in rows.tolist()]
            result[name] = figure(statistic, groups, how) | {"negatives": int(negatives.sum())}
    return result
