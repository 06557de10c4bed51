"""The evaluation of a run: every figure is about pictures that its network never saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.training.damage.calibration import (
    Judged,
    cross_fitted,
    fit_calibration,
    fit_limits,
)
from tingzhen.training.damage.folds import Part
from tingzhen.training.damage.held_out import Look, Said, said_path
from tingzhen.training.damage.material import Looked
from tingzhen.training.damage.parts import Work
from tingzhen.training.damage.quantise import FORMS, Form
from tingzhen.training.damage_measuring.doubt import (
    Unlikeness,
    doubt_figures,
    energy,
    joint_energy,
    low_probability,
)
from tingzhen.training.damage_measuring.figures import damage_figures
from tingzhen.training.damage_measuring.resampling import Resampling
from tingzhen.training.damage_measuring.scored import NOT_VEHICLE, ScoredPictures
from tingzhen.training.damage_measuring.scoring import score_held_out
from tingzhen.vision.decision import Calibration, Limits, sigmoid
from tingzhen.vision.geometry import placement
from tingzhen.vision.places import FrameScores


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What the networks of the folds say of pictures that they never saw, in one look.

    rows: int64, pictures in the order of the scores. crop_rows: likewise, of the crops. fold,
    crop_fold: int64, which part scored each.
    """

    rows: NDArray[np.int64]
    said: Said
    fold: NDArray[np.int64]
    crop_rows: NDArray[np.int64]
    crop_said: Said
    crop_fold: NDArray[np.int64]

    def judged(self, pictures: Sequence[DamagePicture]) -> Judged:
        return judged_of([pictures[row] for row in self.rows.tolist()], self.said)


def judged_of(pictures: Sequence[DamagePicture], said: Said) -> Judged:
    """Scores beside the truth."""
    targets = np.stack([picture.targets for picture in pictures])
    sources = np.array([picture.source for picture in pictures])
    return Judged(said.logits, targets, said.distances, sources)


def held_out(work: Work, parts: Sequence[Part], look: Look) -> HeldOut:
    """The scores of all parts, joined."""
    said = [Said.load(said_path(work.out, part.name, look)) for part in parts]
    whole = [_rows_of(one, slice(0, len(part.tested)))
             for one, part in zip(said, parts, strict=True)]  # fmt: skip
    cut = [_rows_of(one, slice(len(part.tested), None))
           for one, part in zip(said, parts, strict=True)]  # fmt: skip
    crop_rows = [work.crops_of(part) for part in parts]
    return HeldOut(
        np.concatenate([part.tested for part in parts]),
        _joined(whole),
        np.concatenate([np.full(len(part.tested), k) for k, part in enumerate(parts)]),
        np.concatenate(crop_rows),
        _joined(cut),
        np.concatenate([np.full(len(rows), k) for k, rows in enumerate(crop_rows)]),
    )


def _rows_of(said: Said, rows: slice) -> Said:
    return Said(said.logits[rows], said.places[rows], said.distances[rows], said.ms)


def _joined(parts: Sequence[Said]) -> Said:
    return Said(
        np.concatenate([one.logits for one in parts]),
        np.concatenate([one.places for one in parts]),
        np.concatenate([one.distances for one in parts]),
        float(np.mean([one.ms for one in parts])),
    )


def ms_of(work: Work, parts: Sequence[Part]) -> dict[Form, float]:
    """CPU time a picture of each form, the median over the parts."""
    return {
        form: float(np.median([Said.load(said_path(work.out, p.name, form)).ms for p in parts]))
        for form in FORMS
    }


def fold_figures(
    work: Work,
    unseen: HeldOut,
    looked: Sequence[Looked],
    how: Resampling,
) -> tuple[ScoredPictures, dict[str, Any]]:
    """Grouped cross-validation: what would have been told of each picture, and the figures.

    Calibration and thresholds of a fold are fitted on the others. looked: at each picture.
    """
    own = [work.pictures[row] for row in unseen.rows.tolist()]
    probabilities, limits, which = cross_fitted(unseen.judged(work.pictures), unseen.fold)
    scored = score_held_out(
        own, _network(probabilities, unseen.said), lambda row: limits[int(which[row])],
        unseen.fold, placements=[placement(*looked[row].size) for row in unseen.rows.tolist()],
    )  # fmt: skip
    crops = _crops_scored(work, unseen, limits, looked)
    figures = damage_figures(
        scored, facts=[looked[row].facts for row in unseen.rows.tolist()], crops=crops,
        resamples=how.resamples, seed=how.seed,
    )  # fmt: skip
    return scored, figures


def _crops_scored(
    work: Work, unseen: HeldOut, limits: Sequence[Limits], looked: Sequence[Looked]
) -> ScoredPictures | None:
    if not len(unseen.crop_rows):
        return None
    judged = unseen.judged(work.pictures)
    probabilities = np.zeros_like(unseen.crop_said.logits)
    for fold in np.unique(unseen.crop_fold).tolist():
        inside = unseen.crop_fold == fold
        calibration = fit_calibration(judged.take(unseen.fold != fold))
        probabilities[inside] = calibration.probabilities(unseen.crop_said.logits[inside])
    own = [work.crops[row].picture for row in unseen.crop_rows.tolist()]
    # A crop has the proportions of its picture: its sides are the same shares of both.
    sizes = {p.path: one.size for p, one in zip(work.pictures, looked, strict=True)}
    return score_held_out(
        own, _network(probabilities, unseen.crop_said),
        lambda row: limits[int(unseen.crop_fold[row])], unseen.crop_fold,
        placements=[placement(*sizes[picture.path]) for picture in own],
    )  # fmt: skip


def source_figures(
    pictures: Sequence[DamagePicture],
    said: Said,
    decided: tuple[Calibration, Limits],
    sizes: Sequence[tuple[int, int]],
    how: Resampling,
) -> dict[str, Any]:
    """Pictures of sources that nothing was learned from. decided: calibration and thresholds, of
    the other sources alone. sizes: of these pictures."""
    calibration, limits = decided
    scored = score_held_out(
        pictures, _network(calibration.probabilities(said.logits), said), lambda row: limits,
        np.zeros(len(pictures), np.int64), placements=[placement(*size) for size in sizes],
    )  # fmt: skip
    return damage_figures(scored, resamples=how.resamples, seed=how.seed)


def decided_without(
    unseen: HeldOut, pictures: Sequence[DamagePicture], sources: Sequence[str]
) -> tuple[Calibration, Limits]:
    """Calibration and thresholds from the folds' scores, pictures of some sources left out: the
    folds' networks did learn from those sources, but what is decided does not."""
    kept = [pictures[row].source not in sources for row in unseen.rows.tolist()]
    judged = unseen.judged(pictures).take(np.array(kept))
    calibration = fit_calibration(judged)
    return calibration, fit_limits(judged, calibration)


def _network(probabilities: NDArray[np.float32], said: Said) -> FrameScores:
    return FrameScores(probabilities, sigmoid(said.places), said.distances)


def doubt_of_folds(scored: ScoredPictures, said: Said, how: Resampling) -> dict[str, Any]:
    """Vehicles against everyday things, out of fold, by every score of unlikeness; empty without
    either."""
    targets = scored.targets()
    vehicles = np.flatnonzero(targets[:, NOT_VEHICLE] == 0)
    things = np.flatnonzero(targets[:, NOT_VEHICLE] == 1)
    if not len(vehicles) or not len(things):
        return {}
    logits = np.delete(said.logits, NOT_VEHICLE, axis=1)
    scores: Mapping[str, Unlikeness] = {
        "distance": said.distances,
        "energy": energy(logits),
        "joint_energy": joint_energy(logits),
        "low_probability": low_probability(np.delete(scored.probabilities, NOT_VEHICLE, axis=1)),
        "not_vehicle": scored.probabilities[:, NOT_VEHICLE],
    }
    groups = scored.groups
    return doubt_figures(
        {name: values[vehicles] for name, values in scores.items()},
        [groups[i] for i in vehicles.tolist()],
        {"everyday_things": {name: values[things] for name, values in scores.items()}},
        {"everyday_things": [groups[i] for i in things.tolist()]},
        how,
    )
