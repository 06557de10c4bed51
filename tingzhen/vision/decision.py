"""From the network's numbers to probabilities, and from probabilities to a verdict.

Training measures its out-of-fold scores with these same functions, so a figure in a model card is
about what is shipped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tingzhen.language import Text
from tingzhen.vision.findings import DamageVerdict
from tingzhen.vision.frames import UNUSABLE_QUALITY
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

Reason = Literal["", "poor", "not_vehicle", "unfamiliar", "doubtful"]
# The whole picture looks undamaged and one type speaks against it: nothing to be sure of.
_CONTRADICTED = 0.5
_ENOUGH_FRAMES = 4  # to ask that a damage shows in two of them
_UNDAMAGED = DAMAGE_TYPES.index("undamaged")
_NOT_VEHICLE = DAMAGE_TYPES.index("not_vehicle")

REASONS: dict[Reason, Text] = {
    "poor": Text(
        "画面太暗或太模糊，看不清车身表面。",
        "The picture is too dark or too blurred to see the surface.",
    ),
    "not_vehicle": Text("画面中看不到车辆。", "No vehicle can be seen in the picture."),
    "unfamiliar": Text(
        "画面与模型学过的车辆照片差别太大。",
        "The picture is unlike the vehicle photos that the model has learned from.",
    ),
    "doubtful": Text(
        "疑似有损伤，但把握不足。请靠近可疑部位再拍一张。",
        "There may be damage, but it is not certain. Film the suspect place again from nearer.",
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Platt scaling (Platt 1999) for each type: probability = sigmoid(slope * logit + offset).

    slope, offset: float32 (types,), in the order of DAMAGE_TYPES.
    """

    slope: NDArray[np.float32]
    offset: NDArray[np.float32]

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, types), 0..1."""
        return sigmoid(logits * self.slope + self.offset)

    def to_metadata(self) -> dict[str, dict[str, float]]:
        return {
            name: {"slope": float(self.slope[i]), "offset": float(self.offset[i])}
            for i, name in enumerate(DAMAGE_TYPES)
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any]) -> "Calibration":
        """Raises KeyError, TypeError or ValueError when a type is missing or no number."""
        return cls(
            np.array([float(metadata[name]["slope"]) for name in DAMAGE_TYPES], np.float32),
            np.array([float(metadata[name]["offset"]) for name in DAMAGE_TYPES], np.float32),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """report: float32 (visible damages,), a type at or above it is reported as damage.
    doubt: below report; between the two the verdict is cannot_tell.
    not_vehicle: probability from which on no vehicle is in the picture.
    distance: of the embedding to the nearest learned kind of vehicle photo, above which the picture
    is unlike anything learned.
    """

    report: NDArray[np.float32]
    doubt: NDArray[np.float32]
    not_vehicle: float
    distance: float

    def to_metadata(self) -> dict[str, Any]:
        return {
            "report": {n: float(self.report[i]) for i, n in enumerate(VISIBLE_DAMAGES)},
            "doubt": {n: float(self.doubt[i]) for i, n in enumerate(VISIBLE_DAMAGES)},
            "not_vehicle": self.not_vehicle,
            "distance": self.distance,
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any]) -> "Limits":
        """Raises KeyError, TypeError or ValueError when one is missing or no number."""
        return cls(
            np.array([float(metadata["report"][name]) for name in VISIBLE_DAMAGES], np.float32),
            np.array([float(metadata["doubt"][name]) for name in VISIBLE_DAMAGES], np.float32),
            float(metadata["not_vehicle"]),
            float(metadata["distance"]),
        )


@dataclass(frozen=True, slots=True)
class PlaceChance:
    """probability: of a type in a place of a clip. lone: whether one frame alone shows the place.
    frame: the one that shows it best."""

    probability: float
    lone: bool
    frame: int


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)


def log_odds(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Natural log of the odds; probabilities are kept one in a million from 0 and 1."""
    clipped = np.clip(np.asarray(probabilities, np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def clip_probabilities(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities (types,) of a clip from those of its frames (n, types), n at least 1, where
    nothing is known of places.

    Damage: the second best frame from four frames up, because among many frames the best one alone
    is often wrong by chance; the best of fewer. undamaged: likewise the frame that looks second
    least so, or least. not_vehicle: the median frame.
    """
    odds = log_odds(frames)
    ranked = np.sort(odds, axis=0)
    place = 1 if len(ranked) >= _ENOUGH_FRAMES else 0
    clip = ranked[-1 - place]
    clip[_UNDAMAGED] = ranked[place, _UNDAMAGED]
    clip[_NOT_VEHICLE] = np.median(odds[:, _NOT_VEHICLE])
    return sigmoid(clip.astype(np.float32))


def place_probability(shown: Sequence[float], frames: int, *, sharp: bool) -> float:
    """Probability that a type is in a place of a clip, 0..1.

    shown: the probability of the type in each frame that shows the place, at least one. frames: how
    many frames were judged. sharp: whether the most probable one is no less sharp than half of the
    median frame.

    Two or more frames: the second highest; what one frame says and the next one takes back is a
    flicker. One frame of several: its odds, divided by the number of frames, because each of them
    had a chance to be wrong, and a clip of n views is not n times as likely to show a damage as a
    photo is. That frame has to be sharp. A photo: what it says.
    """
    if len(shown) > 1:
        return sorted(shown)[-2]
    if frames == 1:
        return shown[0]
    if not sharp:
        return 0.0
    return float(1 / (1 + np.exp(np.log(frames) - log_odds(np.array(shown[0])))))


def type_probability(places: Sequence[PlaceChance]) -> float:
    """Probability that a clip shows a type in at least one of its places, 0..1; 0 without any.

    Its surest place; or, if that is more, the places that one frame alone shows, weighed together:
    their odds add up, which (each being divided by the number of frames) is the mean over the
    frames. Of one frame the surest place counts.
    """
    several = [place.probability for place in places if not place.lone]
    lone: dict[int, float] = {}
    for place in places:
        if place.lone:
            lone[place.frame] = max(lone.get(place.frame, 0.0), place.probability)
    odds = float(np.exp(log_odds(np.array(list(lone.values())))).sum())
    return max([odds / (1 + odds), *several])


def decide(
    probabilities: NDArray[np.float32],
    distance: float,
    limits: Limits,
    poor: Sequence[str] = (),
    *,
    best: NDArray[np.float32] | None = None,
    mostly_poor: bool = False,
) -> tuple[DamageVerdict, Reason]:
    """The verdict on a clip, and why it cannot be told, if so; the first rule that holds:

    1. no frame is bright and sharp enough (poor): cannot_tell, poor
    2. no vehicle: cannot_tell, not_vehicle
    3. the nearest frame is too unlike what was learned: cannot_tell, unfamiliar
    4. a type at or above its report threshold, and undamaged less likely than not: damaged
    5. a type at or above its doubt threshold, or above its report threshold in one frame that the
       others do not bear out: cannot_tell, doubtful
    6. most of the recording is too dark or blurred: cannot_tell, poor
    7. undamaged

    probabilities: float32 (types,), calibrated. distance: of the most familiar frame. poor: quality
    codes that hold for every frame. best: float32 (types,), the highest of any judged frame; by
    default the probabilities. mostly_poor: see 6.
    """
    reason: Reason = ""
    if UNUSABLE_QUALITY & set(poor):
        reason = "poor"
    elif probabilities[_NOT_VEHICLE] >= limits.not_vehicle:
        reason = "not_vehicle"
    elif distance > limits.distance:
        reason = "unfamiliar"
    elif reported_types(probabilities, limits).any():
        return "damaged", ""
    elif doubtful_types(probabilities, limits, best=best).any():
        reason = "doubtful"
    elif mostly_poor:
        reason = "poor"
    return ("cannot_tell" if reason else "undamaged"), reason


def reported_types(probabilities: NDArray[np.float32], limits: Limits) -> NDArray[np.bool_]:
    """Which visible damages a clip is reported with: bool (visible damages,)."""
    if probabilities[_UNDAMAGED] >= _CONTRADICTED:
        return np.zeros(len(VISIBLE_DAMAGES), dtype=bool)
    return np.asarray(probabilities[: len(VISIBLE_DAMAGES)] >= limits.report)


def doubtful_types(
    probabilities: NDArray[np.float32],
    limits: Limits,
    *,
    best: NDArray[np.float32] | None = None,
) -> NDArray[np.bool_]:
    """Which visible damages may be there and are not reported: bool (visible damages,)."""
    damage = slice(len(VISIBLE_DAMAGES))
    flickers = (probabilities if best is None else best)[damage] >= limits.report
    maybe = (probabilities[damage] >= limits.doubt) | flickers
    return np.asarray(maybe & ~reported_types(probabilities, limits))
