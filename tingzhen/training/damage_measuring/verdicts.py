"""What users are told: verdicts by what the pictures show, and which type is taken for which."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tingzhen.training.damage_measuring.resampling import Resampling, figure
from tingzhen.training.damage_measuring.scored import NOT_VEHICLE, UNDAMAGED, Mask, ScoredPictures
from tingzhen.training.damage_measuring.weighted import share
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

VERDICTS = ("damaged", "undamaged", "cannot_tell")


def kinds_of(scored: ScoredPictures) -> Mapping[str, Mask]:
    """Which pictures show what, bool (n,) each: `damaged` vehicles, `undamaged` vehicles as cars
    are photographed, `engine_bay` and `good_tyre` (nothing to report either), `not_vehicle`."""
    targets = scored.targets()
    words = [picture.labels for picture in scored.pictures]
    not_vehicle = targets[:, NOT_VEHICLE] == 1
    healthy = targets[:, UNDAMAGED] == 1
    bays = np.array(["engine_bay" in labels for labels in words], dtype=bool)
    tyres = np.array(["tyre_good" in labels for labels in words], dtype=bool)
    return {
        "damaged": (targets[:, UNDAMAGED] == 0) & ~not_vehicle,
        "undamaged": healthy & ~bays & ~tyres,
        "engine_bay": healthy & bays,
        "good_tyre": healthy & tyres,
        "not_vehicle": not_vehicle,
    }


def verdict_figures(scored: ScoredPictures, how: Resampling) -> dict[str, Any]:
    """By kind of picture the shares `called_damaged`, `called_undamaged`, `called_cannot_tell`,
    and why it could not be told (`because`)."""
    verdicts, reasons = np.array(scored.verdicts), np.array(scored.reasons)
    shares: dict[str, Any] = {}
    for kind, within in kinds_of(scored).items():
        rows = np.flatnonzero(within)
        if not len(rows):
            continue
        groups = [scored.pictures[i].group for i in rows.tolist()]
        shares[kind] = {
            f"called_{verdict}": figure(share(verdicts[rows] == verdict), groups, how)
            for verdict in VERDICTS
        }
        names, counts = np.unique(reasons[rows][reasons[rows] != ""], return_counts=True)
        shares[kind]["because"] = dict(zip(names.tolist(), counts.tolist(), strict=True))
    return shares


def confusion(scored: ScoredPictures) -> dict[str, Any] | None:
    """Which type comes first where another is true: `types`, and `counts` with a row for each true
    type.

    A picture counts in the row of each type that it shows; the column is the most probable among
    this type and those that it is known not to show. Other types that it shows, or that nobody
    looked for, are set aside: they are no mistake. None where no absence is known.
    """
    targets = scored.targets()[:, : len(VISIBLE_DAMAGES)]
    present = [k for k in range(len(VISIBLE_DAMAGES)) if (targets[:, k] == 1).any()]
    counts = np.zeros((len(present), len(present)), np.int64)
    for place, k in enumerate(present):
        for row in np.flatnonzero(targets[:, k] == 1):
            rivals = [j for j in present if j == k or targets[row, j] == 0]
            if len(rivals) > 1:
                first = max(rivals, key=lambda j: scored.probabilities[row, j])
                counts[place, present.index(first)] += 1
    if not counts.any():
        return None
    return {"types": [VISIBLE_DAMAGES[k] for k in present], "counts": counts.tolist()}
