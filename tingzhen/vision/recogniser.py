"""Frames in, damage findings out, on ONNX Runtime.

What the network's numbers mean is in the bundle's metadata: `calibration` (Platt scaling for each
type), `thresholds` and the limits of what it was taught. Nothing here is tuned by hand beside
them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tingzhen.bundle import Bundle, ModelInfo
from tingzhen.errors import BundleError
from tingzhen.language import Text
from tingzhen.vision.decision import (
    REASONS,
    Calibration,
    Limits,
    clip_probabilities,
    decide,
    sigmoid,
)
from tingzhen.vision.findings import DamageFinding, DamageFindings, DamageScore
from tingzhen.vision.geometry import Placement, boxes_of_map, fit_square
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

_BATCH = 4
_MOST_FRAMES_OF_TYPE = 2
_APART_S = 1.0  # findings of one type nearer than this are one
_SECONDS_A_FRAME = 1.25
_FEWEST_FRAMES, _MOST_FRAMES = 6, 24


class TimedFrame(Protocol):
    """A picture of a clip: uint8 (height, width, 3) upright RGB, seconds, variance of Laplacian."""

    @property
    def rgb(self) -> NDArray[np.uint8]: ...
    @property
    def time_s(self) -> float: ...
    @property
    def sharpness(self) -> float: ...


@dataclass(frozen=True, slots=True, eq=False)
class FrameScores:
    """What the network says of frames: probabilities float32 (n, types); places float32 (n, types,
    rows, columns), 0..1; distances float32 (n,), of the embedding to the nearest learned kind."""

    probabilities: NDArray[np.float32]
    places: NDArray[np.float32]
    distances: NDArray[np.float32]


class DamageRecogniser:
    """Recognises visible damage with one bundle; safe to use from several threads at once."""

    info: ModelInfo

    def __init__(self, bundle: Bundle) -> None:
        """Raises BundleError when the bundle's metadata does not fit this version."""
        self.info = bundle.info
        self._session = bundle.session
        try:
            self._read(bundle.metadata)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(
                Text(f"损伤模型包 {bundle.info.name} 的元数据不完整：{error}。",
                     f"The metadata of the damage bundle {bundle.info.name} are incomplete: "
                     f"{error}.")
            ) from error  # fmt: skip

    def _read(self, metadata: dict[str, Any]) -> None:
        if tuple(metadata["labels"]) != DAMAGE_TYPES:
            raise ValueError("labels")
        self.input_px = int(metadata["input_px"])
        self._calibration = Calibration.from_metadata(metadata["calibration"])
        self.limits = Limits.from_metadata(metadata["thresholds"])

    def score(self, pictures: Sequence[NDArray[np.uint8]]) -> tuple[FrameScores, list[Placement]]:
        """Scores of RGB pictures, each uint8 (height, width, 3), in bounded memory."""
        probabilities, places, distances, placements = [], [], [], []
        for start in range(0, len(pictures), _BATCH):
            squares = []
            for rgb in pictures[start : start + _BATCH]:
                square, placement = fit_square(rgb, self.input_px)
                squares.append(square.transpose(2, 0, 1))
                placements.append(placement)
            logits, raw_map, distance = self._session.run(
                ["scores", "map", "distance"], {"pictures": np.stack(squares)}
            )
            probabilities.append(self._calibration.probabilities(logits))
            places.append(sigmoid(raw_map))
            distances.append(distance)
        return (
            FrameScores(
                np.concatenate(probabilities), np.concatenate(places), np.concatenate(distances)
            ),
            placements,
        )

    def recognise(
        self, frames: Sequence[TimedFrame], *, poor: Sequence[str] = ()
    ) -> DamageFindings:
        """What is visible in the frames of one clip or photo.

        poor: quality codes of the recording; too_dark and blurred end in `cannot_tell`.
        """
        if not frames:
            return DamageFindings("no_video", _ordered(np.zeros(len(DAMAGE_TYPES), np.float32)))
        frames = choose_frames(frames)
        scores, placements = self.score([frame.rgb for frame in frames])
        clip = clip_probabilities(scores.probabilities)
        verdict, reason = decide(clip, float(scores.distances.min()), self.limits, poor)
        findings: tuple[DamageFinding, ...] = ()
        if verdict == "damaged":
            findings = self._findings(frames, scores, placements, clip)
        reasons = (REASONS[reason],) if reason else ()
        return DamageFindings(verdict, _ordered(clip), findings, reasons)

    def _findings(
        self,
        frames: Sequence[TimedFrame],
        scores: FrameScores,
        placements: Sequence[Placement],
        clip: NDArray[np.float32],
    ) -> tuple[DamageFinding, ...]:
        """For each reported type the places in its best frame, and in a second frame well apart."""
        found: list[DamageFinding] = []
        for index, name in enumerate(VISIBLE_DAMAGES):
            if clip[index] < self.limits.report[index]:
                continue
            own = scores.probabilities[:, index]
            shown: list[float] = []
            for frame in np.argsort(-own, kind="stable"):
                if shown and own[frame] < self.limits.report[index]:
                    break
                time_s = frames[frame].time_s
                if any(abs(time_s - other) < _APART_S for other in shown):
                    continue
                for share, box in best_places(scores.places[frame, index], placements[frame]):
                    found.append(DamageFinding(name, float(own[frame]) * share, time_s, box))
                shown.append(time_s)
                if len(shown) == _MOST_FRAMES_OF_TYPE:
                    break
        found.sort(key=lambda finding: -finding.probability)
        return tuple(found)


def choose_frames(frames: Sequence[TimedFrame]) -> list[TimedFrame]:
    """The frames that are scored: the sharpest of each stretch, in their order.

    One for each 1.25 s of the clip, at least 6 and at most 24; all where there are fewer. The time
    that the network costs then follows the clip's length and not the number of its keyframes.
    """
    span_s = max(frame.time_s for frame in frames) - min(frame.time_s for frame in frames)
    most = int(np.clip(np.ceil(span_s / _SECONDS_A_FRAME), _FEWEST_FRAMES, _MOST_FRAMES))
    if len(frames) <= most:
        return list(frames)
    edges = np.linspace(0, len(frames), most + 1).round().astype(int)
    stretches = [frames[a:b] for a, b in pairwise(edges)]
    return [max(stretch, key=lambda frame: frame.sharpness) for stretch in stretches]


def best_places(
    place: NDArray[np.float32], placement: Placement
) -> list[tuple[float, tuple[float, float, float, float]]]:
    """One or two places of a type in a picture: (share of the peak, box in 0..1), best first.

    place: float32 (rows, columns), 0..1. Half of the peak outlines a place, so that a sure picture
    with a flat map still shows where it is likeliest; a second place needs 0.8 of the peak.
    """
    peak = max(float(place.max()), 1e-6)
    found = []
    for score, box in boxes_of_map(place, peak * 0.5, most=2):
        inside = placement.to_picture(box)
        if score >= peak * 0.8 and inside[2] > 0 and inside[3] > 0:
            found.append((min(1.0, score / peak), inside))
    return found


def _ordered(probabilities: NDArray[np.float32]) -> tuple[DamageScore, ...]:
    order = np.argsort(-probabilities, kind="stable")
    return tuple(DamageScore(DAMAGE_TYPES[i], float(probabilities[i])) for i in order)
