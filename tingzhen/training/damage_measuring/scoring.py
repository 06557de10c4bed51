"""Scores of pictures: by a finished bundle, or from what networks said of pictures held out.

Both go through the very rules that serve clips, each picture as a photo of its own, so that a
figure is about what a user is told.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tingzhen.bundle import Bundle
from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.training.damage_measuring.scored import Rows, ScoredPictures
from tingzhen.vision.decision import REASONS, Limits, Reason
from tingzhen.vision.findings import DamageFindings
from tingzhen.vision.geometry import Placement
from tingzhen.vision.judge import judge
from tingzhen.vision.places import FrameScores
from tingzhen.vision.recogniser import DamageRecogniser
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

WHOLE = Placement(0.0, 0.0, 1.0, 1.0)
_REASON_OF = {text: reason for reason, text in REASONS.items()}


def score_with_bundle(
    bundle: Bundle,
    pictures: Sequence[DamagePicture],
    read: Callable[[DamagePicture], NDArray[np.uint8]],
    *,
    advance: Callable[[], None] = lambda: None,
) -> ScoredPictures:
    """Each picture as a photo through the bundle.

    read: a picture as uint8 (height, width, 3) RGB, called once for each, in their order. Raises
    BundleError when the bundle does not fit, and whatever `read` raises.
    """
    recogniser = DamageRecogniser(bundle)
    said, distances = [], np.zeros(len(pictures), np.float32)
    for row, picture in enumerate(pictures):
        photo = _Photo(read(picture))
        scores, placements = recogniser.score_photo(photo.rgb)
        said.append(judge([photo], scores, placements, recogniser.photo_limits))
        distances[row] = scores.distances[0]
        advance()
    thresholds = np.tile(recogniser.photo_limits.report, (len(pictures), 1))
    return _scored(pictures, said, distances, thresholds)


def score_held_out(
    pictures: Sequence[DamagePicture],
    network: FrameScores,
    limits: Callable[[int], Limits],
    fold: Rows,
    *,
    placements: Sequence[Placement] | None = None,
) -> ScoredPictures:
    """What users would have been told, had the networks of the folds been in the recogniser.

    network: one frame a picture, probabilities calibrated without its fold. limits: those that
    apply to a row, chosen without its fold. fold: int64 (n,). placements: where each picture lies
    in the square of the map; by default it fills it.
    """
    said, thresholds = [], np.zeros((len(pictures), len(VISIBLE_DAMAGES)), np.float32)
    unseen = _Photo(np.zeros((8, 8, 3), np.uint8))  # of one frame no pixel is looked at
    for row in range(len(pictures)):
        only = slice(row, row + 1)
        scores = FrameScores(
            network.probabilities[only], network.places[only], network.distances[only]
        )
        placement = WHOLE if placements is None else placements[row]
        said.append(judge([unseen], scores, [placement], limits(row)))
        thresholds[row] = limits(row).report
    return _scored(pictures, said, network.distances, thresholds, fold=fold)


def _scored(
    pictures: Sequence[DamagePicture],
    said: Sequence[DamageFindings],
    distances: NDArray[np.float32],
    thresholds: NDArray[np.float32],
    *,
    fold: Rows | None = None,
) -> ScoredPictures:
    probabilities = np.zeros((len(pictures), len(DAMAGE_TYPES)), np.float32)
    for row, findings in enumerate(said):
        by_type = {score.type: score.probability for score in findings.types}
        probabilities[row] = [by_type[name] for name in DAMAGE_TYPES]
    return ScoredPictures(
        pictures, probabilities, [one.findings for one in said], [one.verdict for one in said],
        [_reason(one) for one in said], distances.astype(np.float32),
        thresholds.astype(np.float32), fold,
    )  # fmt: skip


def _reason(findings: DamageFindings) -> Reason:
    return _REASON_OF[findings.reasons[0]] if findings.reasons else ""


class _Photo:
    time_s = 0.0
    sharpness = 0.0

    def __init__(self, rgb: NDArray[np.uint8]) -> None:
        self.rgb = rgb
