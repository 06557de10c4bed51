"""One damage over the frames of a clip: sightings of a type joined into tracks.

A sighting is one place of one type in one frame. `join` puts those that show the same place into
one track. The protocol:

1. The most probable sighting that is in no track yet starts one.
2. In its part of the clip (frames linked by the camera's motion) its box is carried into every
   other frame. Where the box is in view, the free sighting that overlaps it most belongs to the
   track; if there is none, the frame shows the place without the damage, and speaks against it
   with whatever the map says there. A frame that shows the place at less than half its width is
   too far away to speak against it.
3. In every other part of the clip the free sighting that looks most like the first one belongs to
   the track, if it looks enough like it, and its box is carried on from there. If there is none,
   that part says nothing about the place.

Invariants: every sighting (no two are equal) is in exactly one track; a track has at most one
sighting of a frame, so two places of one frame are two tracks; the order of the sightings changes
nothing; one frame gives one track for each sighting.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tingzhen.vision.appearance import SAME_PLACE
from tingzhen.vision.geometry import Box, overlap

_OVERLAP = 0.5  # of the smaller box
_NEAR_ENOUGH = 0.25  # area of a carried box, of what it was
_SLACK = 1 / 32  # half a cell of the coarsest map: what a carried box may be off


@dataclass(frozen=True, slots=True)
class Sighting:
    """frame: its position among the frames. probability: 0..1, that the type is in this place."""

    frame: int
    probability: float
    box: Box


@dataclass(frozen=True, slots=True)
class Track:
    """sightings: in order of frames, at least one. shown: for every frame that is known to show the
    place, those of the sightings among them, the probability of the type there."""

    sightings: tuple[Sighting, ...]
    shown: Mapping[int, float]

    @property
    def best(self) -> Sighting:
        """The most probable sighting, the earliest of equals."""
        return max(self.sightings, key=lambda one: (one.probability, -one.frame))


class Motion(Protocol):
    """How boxes move between frames (tingzhen.vision.motion.CameraMotion)."""

    def linked(self, one: int, other: int) -> bool: ...
    def carry(self, box: Box, source: int, target: int) -> Box | None: ...


def join(
    sightings: Sequence[Sighting],
    frames: int,
    *,
    motion: Motion,
    likeness: Callable[[Sighting, Sighting], float],
    strength: Callable[[int, Box], float],
) -> list[Track]:
    """Tracks of one type, the one with the most probable sighting first.

    frames: how many there are; a sighting's frame is below it. likeness: 0..1, of two places.
    strength: probability, 0..1, of the type inside a box of a frame.
    """
    free = sorted(sightings, key=lambda one: (-one.probability, one.frame, one.box))
    parts = _parts(frames, motion)
    tracks = []
    while free:
        first = free[0]
        mine = {first.frame: first}
        shown = {first.frame: first.probability}
        for part in parts:
            start = first if first.frame in part else _most_alike(first, free, part, likeness)
            if start is None:
                continue
            mine[start.frame], shown[start.frame] = start, start.probability
            for frame in part:
                if frame == start.frame:
                    continue
                box = motion.carry(start.box, start.frame, frame)
                if box is None:
                    continue
                met = _met(box, [one for one in free if one.frame == frame])
                if met is not None:
                    mine[frame], shown[frame] = met, met.probability
                elif box[2] * box[3] >= _NEAR_ENOUGH * start.box[2] * start.box[3]:
                    shown[frame] = strength(frame, box)
        taken = set(mine.values())
        free = [one for one in free if one not in taken]
        tracks.append(Track(tuple(mine[frame] for frame in sorted(mine)), shown))
    return tracks


def _parts(frames: int, motion: Motion) -> list[list[int]]:
    parts: list[list[int]] = []
    for frame in range(frames):
        own = next((part for part in parts if motion.linked(part[0], frame)), None)
        if own is None:
            parts.append([frame])
        else:
            own.append(frame)
    return parts


def _met(box: Box, found: Sequence[Sighting]) -> Sighting | None:
    """The sighting that a carried box meets; the surer of two that overlap it alike."""
    shares = [(overlap(box, one.box, slack=_SLACK), one) for one in found]
    near = [(share, one.probability, one.box, one) for share, one in shares if share >= _OVERLAP]
    return max(near, key=lambda item: item[:3])[3] if near else None


def _most_alike(
    first: Sighting,
    free: Sequence[Sighting],
    part: Sequence[int],
    likeness: Callable[[Sighting, Sighting], float],
) -> Sighting | None:
    alike = [(likeness(first, one), one) for one in free if one.frame in part]
    same = [(value, -one.frame, one.box, one) for value, one in alike if value >= SAME_PLACE]
    return max(same, key=lambda item: item[:3])[3] if same else None
