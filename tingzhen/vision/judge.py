"""From the scores of a clip's frames to what is said of the clip.

Frames that are dark, blurred, without a vehicle or unlike anything learned are left out one by one;
a clip is judged on the rest. Types that show in them are joined over the frames (tracks.py), and
the places decide how sure a type is (decision.py). A photo is a clip of one frame.

Invariant: the verdict is `damaged` exactly when there is a finding, and every finding has a box.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.vision.appearance import appearance, likeness
from tingzhen.vision.decision import (
    REASONS,
    Limits,
    PlaceChance,
    Reason,
    clip_probabilities,
    decide,
    doubtful_types,
    place_probability,
    reported_types,
    type_probability,
)
from tingzhen.vision.findings import DamageFinding, DamageFindings, DamageScore
from tingzhen.vision.frames import UNUSABLE_QUALITY, TimedFrame, clear_frames, sharp_frames
from tingzhen.vision.geometry import Placement
from tingzhen.vision.motion import camera_motion
from tingzhen.vision.places import FrameScores, TypeMaps
from tingzhen.vision.tracks import Sighting, Track, join
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

MOST_OF_A_TYPE: Final = 4  # findings: a wreck is not told from a longer list
_NEARLY: Final = 0.999  # a rounding must not leave a reported type without a place
_NOT_VEHICLE = DAMAGE_TYPES.index("not_vehicle")
_WITHOUT_DOUBT: Final[frozenset[Reason]] = frozenset({"poor", "not_vehicle"})


def judge(
    frames: Sequence[TimedFrame],
    scores: FrameScores,
    placements: Sequence[Placement],
    limits: Limits,
    poor: Sequence[str] = (),
) -> DamageFindings:
    """What is visible in a clip. frames: in order of time, at least one, with their scores.

    poor: quality codes of the recording.
    """
    clear = clear_frames(frames, poor)
    usable = clear if clear.any() else np.ones(len(frames), dtype=bool)
    of_vehicles = (scores.probabilities[:, _NOT_VEHICLE] < limits.not_vehicle) & (
        scores.distances <= limits.distance
    )
    both = usable & of_vehicles
    distance = float(scores.distances[both].min()) if both.any() else np.inf
    judged = np.flatnonzero(both if both.any() else usable).tolist()
    seen = scores.probabilities[judged]
    clip = clip_probabilities(seen)
    clip[_NOT_VEHICLE] = clip_probabilities(scores.probabilities[usable])[_NOT_VEHICLE]
    shown = [frames[index] for index in judged]
    placed = tuple(placements[index] for index in judged)
    maps = {
        row: TypeMaps(seen[:, row], scores.places[judged, row], placed)
        for row in range(len(VISIBLE_DAMAGES))
    }
    places = _places(shown, maps, limits)
    for row, found in places.items():
        clip[row] = type_probability([place for place, _ in found])
    best = seen[:, : len(VISIBLE_DAMAGES)].max(axis=0)
    verdict, reason = decide(
        clip,
        distance,
        limits,
        () if clear.any() else tuple(UNUSABLE_QUALITY),
        best=best,
        mostly_poor=bool(UNUSABLE_QUALITY & set(poor)),
    )
    doubtful = doubtful_types(clip, limits, best=best)
    if verdict == "undamaged" or reason in _WITHOUT_DOUBT:
        doubtful[:] = False
    findings: list[DamageFinding] = []
    if verdict == "damaged":
        for row in np.flatnonzero(reported_types(clip, limits)).tolist():
            findings += _findings(row, places[row], shown, maps[row], float(limits.doubt[row]))
    findings.sort(key=lambda finding: -finding.probability)
    return DamageFindings(
        verdict,
        ordered(clip),
        tuple(findings),
        (REASONS[reason],) if reason else (),
        tuple(VISIBLE_DAMAGES[row] for row in np.argsort(-clip[: len(best)]) if doubtful[row]),
    )


def ordered(probabilities: NDArray[np.float32]) -> tuple[DamageScore, ...]:
    """Every type, the most probable first."""
    order = np.argsort(-probabilities, kind="stable")
    return tuple(DamageScore(DAMAGE_TYPES[i], float(probabilities[i])) for i in order)


def _places(
    frames: Sequence[TimedFrame], maps: dict[int, TypeMaps], limits: Limits
) -> dict[int, list[tuple[PlaceChance, Track]]]:
    """By type that any frame shows, at its doubt threshold or above: its places, the surest first.

    The camera's motion is only looked for where there is something to join.
    """
    seen = {
        row: sightings
        for row, own in maps.items()
        if (sightings := own.sightings(_NEARLY * float(min(limits.doubt[row], limits.report[row]))))
    }
    if not seen:
        return {}
    motion = camera_motion([frame.rgb for frame in frames])
    sharp = sharp_frames(frames)
    alike = _likeness(frames)
    return {
        row: _ranked(
            join(found, len(frames), motion=motion, likeness=alike, strength=maps[row].strength),
            len(frames),
            sharp,
        )
        for row, found in seen.items()
    }


def _ranked(
    tracks: Sequence[Track], frames: int, sharp: NDArray[np.bool_]
) -> list[tuple[PlaceChance, Track]]:
    places = []
    for track in tracks:
        chance = place_probability(
            list(track.shown.values()), frames, sharp=bool(sharp[track.best.frame])
        )
        places.append((PlaceChance(chance, len(track.shown) == 1, track.best.frame), track))
    return sorted(places, key=lambda place: -place[0].probability)


def _likeness(frames: Sequence[TimedFrame]) -> Callable[[Sighting, Sighting], float]:
    @cache
    def look(frame: int, box: tuple[float, float, float, float]) -> NDArray[np.float32]:
        return appearance(frames[frame].rgb, box)

    return lambda one, other: likeness(look(one.frame, one.box), look(other.frame, other.box))


def _findings(
    row: int,
    places: Sequence[tuple[PlaceChance, Track]],
    frames: Sequence[TimedFrame],
    maps: TypeMaps,
    doubt: float,
) -> list[DamageFinding]:
    """The surest place of a reported type, and those others that are not below doubt."""
    found = []
    for rank, (place, track) in enumerate(places[:MOST_OF_A_TYPE]):
        if rank and place.probability < doubt:
            break
        best = track.best
        times = [frames[sighting.frame].time_s for sighting in track.sightings]
        found.append(
            DamageFinding(
                VISIBLE_DAMAGES[row], place.probability, frames[best.frame].time_s, best.box,
                frames=len(track.sightings), start_s=min(times), end_s=max(times),
                heat=maps.heat(best.frame),
            )
        )  # fmt: skip
    return found
