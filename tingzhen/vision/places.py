"""What the network says of frames, and the places that its maps point at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.vision.geometry import (
    Box,
    Placement,
    boxes_of_map,
    map_of_picture,
    peak_inside,
    without_bars,
)
from tingzhen.vision.tracks import Sighting

_OUTLINE = 0.7  # of the peak: what belongs to a place; chosen on one fold (docs/damage.md)
_SECOND = 0.8  # of the peak: what another place needs


@dataclass(frozen=True, slots=True, eq=False)
class FrameScores:
    """What the network says of frames: probabilities float32 (n, types); places float32 (n, types,
    rows, columns), 0..1; distances float32 (n,), of the embedding to the nearest learned kind;
    10 for what is no photograph."""

    probabilities: NDArray[np.float32]
    places: NDArray[np.float32]
    distances: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TypeMaps:
    """One type in the judged frames. own: float32 (n,), its probability in each whole frame.
    maps: float32 (n, rows, columns), over the square; placements: of each picture in it."""

    own: NDArray[np.float32]
    maps: NDArray[np.float32]
    placements: tuple[Placement, ...]

    def sightings(self, least: float) -> list[Sighting]:
        """The places of every frame in which the type has at least this probability."""
        return [
            Sighting(frame, float(self.own[frame]) * share, box)
            for frame in np.flatnonzero(self.own >= least).tolist()
            for share, box in best_places(self.maps[frame], self.placements[frame])
        ]

    def strength(self, frame: int, box: Box) -> float:
        """Probability of the type inside a box of a frame, as a sighting there would have it."""
        scores = without_bars(self.maps[frame], self.placements[frame])
        inside = peak_inside(scores, self.placements[frame].to_square(box))
        return float(self.own[frame]) * min(1.0, inside / max(float(scores.max()), 1e-6))

    def heat(self, frame: int) -> NDArray[np.float32]:
        """float32 (rows, columns) over the upright picture: the probability of the type, spread
        over the frame as its map is, the peak being that of the whole frame."""
        scores = map_of_picture(self.maps[frame], self.placements[frame])
        return np.asarray(self.own[frame] * scores / max(float(scores.max()), 1e-6))


def best_places(place: NDArray[np.float32], placement: Placement) -> list[tuple[float, Box]]:
    """One or two places of a type in a picture: (share of the peak, box in 0..1), best first.

    place: float32 (rows, columns), 0..1. 0.7 of the peak outlines a place, so that a sure picture
    with a flat map still shows where it is likeliest; a second place needs 0.8 of the peak.
    """
    place = without_bars(place, placement)
    peak = max(float(place.max()), 1e-6)
    found = []
    for score, box in boxes_of_map(place, peak * _OUTLINE, most=2):
        inside = placement.to_picture(box)
        if score >= peak * _SECOND and inside[2] > 0 and inside[3] > 0:
            found.append((min(1.0, score / peak), inside))
    return found
