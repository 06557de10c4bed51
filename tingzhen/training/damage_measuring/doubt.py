"""Ways to tell that a picture is unlike anything learned, compared.

All of them are numbers for each picture, larger is stranger; whoever has distances, logits or
probabilities can fill them in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.bundle import Bundle
from tingzhen.training.damage_measuring.odd_pictures import odd_pictures
from tingzhen.training.damage_measuring.resampling import Resampling, figure
from tingzhen.training.damage_measuring.scored import NOT_VEHICLE, ScoredPictures
from tingzhen.training.damage_measuring.weighted import area_under_roc, passing_at_kept
from tingzhen.vision.decision import Calibration
from tingzhen.vision.recogniser import DamageRecogniser

KEPT = 0.95
"""Share of vehicle pictures, damaged and undamaged, that a limit is to let through."""

Unlikeness = NDArray[np.floating]


def energy(logits: NDArray[np.floating]) -> Unlikeness:
    """Minus log-sum-exp of the logits (n, types): the energy of Liu et al. (2020); high where no
    type speaks for the picture. (n,)"""
    highest = logits.max(axis=1)
    return np.asarray(-(highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))))


def joint_energy(logits: NDArray[np.floating]) -> Unlikeness:
    """Minus the sum over types of log(1 + exp(logit)): the energy where several types may hold at
    once (Wang et al. 2021). (n,)"""
    return np.asarray(-np.logaddexp(0, logits).sum(axis=1))


def low_probability(probabilities: NDArray[np.floating]) -> Unlikeness:
    """One minus the highest probability (n, types) of any type (Hendrycks and Gimpel 2017)."""
    return np.asarray(1 - probabilities.max(axis=1))


def doubt_figures(
    vehicles: Mapping[str, Unlikeness],
    vehicle_groups: Sequence[str],
    strangers: Mapping[str, Mapping[str, Unlikeness]],
    stranger_groups: Mapping[str, Sequence[str]],
    how: Resampling,
) -> dict[str, Any]:
    """By kind of stranger and by score `auroc` (0.5: no better than chance) and
    `passing_at_95`: share of the strangers that pass for vehicles when the limit lets 95 % of the
    vehicle pictures through.

    vehicles: by score the values of known vehicle pictures, (n,). strangers: by kind and score.
    Groups: of each value, resampled whole, vehicles and strangers together.
    """
    result: dict[str, Any] = {}
    for kind, scores in strangers.items():
        groups = [*vehicle_groups, *stranger_groups[kind]]
        known = np.arange(len(groups)) < len(vehicle_groups)
        result[kind] = {"vehicles": int(known.sum()), "strangers": int((~known).sum())}
        for name, values in scores.items():
            both = np.concatenate([vehicles[name], values])
            result[kind][name] = {
                "auroc": figure(area_under_roc(both, ~known), groups, how),
                "passing_at_95": figure(passing_at_kept(both, known, KEPT), groups, how),
            }
    return result


def doubt_of_bundle(
    bundle: Bundle, scored: ScoredPictures, *, resamples: int, seed: int
) -> dict[str, Any]:
    """The comparison for a finished bundle: vehicles of the scored pictures against the everyday
    things among them and against generated odd pictures. Empty without a vehicle picture."""
    targets = scored.targets()
    vehicles = np.flatnonzero(targets[:, NOT_VEHICLE] == 0)
    things = np.flatnonzero(targets[:, NOT_VEHICLE] == 1)
    if not len(vehicles):
        return {}
    recogniser = DamageRecogniser(bundle)
    calibration = recogniser.photo_calibration
    all_scores = bundle_scores(scored.probabilities, scored.distances, calibration)
    drawn = odd_pictures(seed=seed)
    seen = [recogniser.score_photo(rgb)[0] for _, rgb in drawn]
    probabilities = np.concatenate([one.probabilities for one in seen])
    distances = np.concatenate([one.distances for one in seen])
    strangers = {"odd_pictures": bundle_scores(probabilities, distances, calibration)}
    groups = {"odd_pictures": [f"{kind} {row}" for row, (kind, _) in enumerate(drawn)]}
    if len(things):
        strangers["everyday_things"] = {name: s[things] for name, s in all_scores.items()}
        groups["everyday_things"] = [scored.pictures[i].group for i in things.tolist()]
    return doubt_figures(
        {name: scores[vehicles] for name, scores in all_scores.items()},
        [scored.pictures[i].group for i in vehicles.tolist()],
        strangers,
        groups,
        Resampling(resamples, seed),
    )


def bundle_scores(
    probabilities: NDArray[np.float32], distances: NDArray[np.float32], calibration: Calibration
) -> dict[str, Unlikeness]:
    """By name every score that a bundle's outputs give. Logits are read back from calibrated
    probabilities, which hold them to about 14; all types but `not_vehicle` count in them."""
    clipped = np.clip(probabilities.astype(np.float64), 1e-6, 1 - 1e-6)
    odds = np.log(clipped) - np.log1p(-clipped)
    # What speaks for "no vehicle" is no sign of knowing the vehicle: it is a score of its own.
    logits = np.delete((odds - calibration.offset) / calibration.slope, NOT_VEHICLE, axis=1)
    return {
        "distance": distances,
        "energy": energy(logits),
        "joint_energy": joint_energy(logits),
        "low_probability": low_probability(np.delete(probabilities, NOT_VEHICLE, axis=1)),
        "not_vehicle": probabilities[:, NOT_VEHICLE],
    }
