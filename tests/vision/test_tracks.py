"""Sightings joined over frames: by motion, by looks, and never two of one frame."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.panels import marked, panel, seen_through, turn_of
from tingzhen.vision.appearance import SAME_PLACE, appearance, likeness
from tingzhen.vision.motion import CameraMotion
from tingzhen.vision.tracks import Sighting, join

SIDE = 0.1


def panning(shifts: list[float], parts: list[int] | None = None) -> CameraMotion:
    """A camera that has moved along so much to the left by each frame."""
    turns = np.tile(np.eye(3), (len(shifts), 1, 1))
    turns[:, 0, 2] = [-shift for shift in shifts]
    return CameraMotion(turns, np.array(parts or [0] * len(shifts)))


def at(frame: int, x: float, probability: float = 0.8, y: float = 0.4) -> Sighting:
    return Sighting(frame, probability, (x, y, SIDE, SIDE))


def tracks(sightings, motion, *, alike=0.0, elsewhere=0.05):
    return join(
        sightings, len(motion.part), motion=motion, likeness=lambda one, other: alike,
        strength=lambda frame, box: elsewhere,
    )  # fmt: skip


def test_one_dent_in_eight_frames_is_one_track() -> None:
    motion = panning([-0.05 * i for i in range(8)])
    seen = [at(i, 0.6 - 0.05 * i, 0.5 + 0.05 * i) for i in range(8)]
    (track,) = tracks(seen, motion)
    assert track.sightings == tuple(seen)
    assert track.best == seen[-1]
    assert sorted(track.shown) == list(range(8))


def test_two_dents_of_one_frame_are_two_tracks() -> None:
    motion = panning([0, -0.1, -0.2])
    seen = [at(i, x - 0.1 * i) for i in range(3) for x in (0.4, 0.7)]
    found = tracks(seen, motion)
    assert [len(track.sightings) for track in found] == [3, 3]
    assert {track.sightings[0].box[0] for track in found} == {0.4, 0.7}


def test_a_frame_that_shows_the_place_without_the_damage_speaks_against_it() -> None:
    (track,) = tracks([at(1, 0.5)], panning([0, 0, 0, -0.45]))
    assert track.shown == {0: 0.05, 1: 0.8, 2: 0.05, 3: 0.05}
    (track,) = tracks([at(1, 0.5)], panning([0, 0, 0.48]))  # it has left the third frame
    assert track.shown == {0: 0.05, 1: 0.8}


def test_a_frame_from_far_away_does_not_speak_against_a_close_up() -> None:
    turns = np.stack([np.eye(3), np.diag([0.4, 0.4, 1.0])])
    turns[1] = np.linalg.inv(turns[1])
    (track,) = tracks([at(0, 0.5)], CameraMotion(turns, np.zeros(2, int)))
    assert track.shown == {0: 0.8}


def test_without_motion_looks_decide_and_the_box_is_carried_on_from_there() -> None:
    motion = panning([0, 0, 0, 0], [0, 1, 1, 2])
    seen = [at(0, 0.5, 0.9), at(1, 0.2), at(2, 0.2, 0.7)]
    (track,) = tracks(seen, motion, alike=SAME_PLACE)
    assert track.shown == {0: 0.9, 1: 0.8, 2: 0.7}
    apart = tracks(seen, motion, alike=SAME_PLACE - 0.01)
    assert [list(track.shown) for track in apart] == [[0], [1, 2]]


def test_looks_never_join_what_motion_tells_apart() -> None:
    found = tracks([at(0, 0.1), at(1, 0.7)], panning([0, 0]), alike=1.0)
    assert len(found) == 2


many = st.lists(
    st.builds(
        at, st.integers(0, 5), st.floats(0, 0.9), st.floats(0.1, 1), st.sampled_from([0.1, 0.6])
    ),
    max_size=14, unique=True,
)  # fmt: skip
cameras = st.builds(
    panning,
    st.lists(st.floats(-0.5, 0.5), min_size=6, max_size=6),
    st.lists(st.integers(0, 2), min_size=6, max_size=6).map(sorted),
)


@settings(max_examples=50, deadline=None)
@given(many, cameras, st.randoms(use_true_random=False))
def test_tracks_share_out_the_sightings_whatever_their_order(sightings, motion, random) -> None:
    def alike(one: Sighting, other: Sighting) -> float:
        return 1.0 - abs(one.box[0] - other.box[0])

    def joined(order: list[Sighting]):
        return join(order, 6, motion=motion, likeness=alike, strength=lambda f, b: 0.1)

    found = joined(sightings)
    assert sorted(found_one for track in found for found_one in _keys(track)) == sorted(
        (s.frame, s.probability, s.box) for s in sightings
    )
    for track in found:
        frames = [one.frame for one in track.sightings]
        assert frames == sorted(set(frames))
        assert set(frames) <= set(track.shown)
    shuffled = list(sightings)
    random.shuffle(shuffled)
    assert joined(shuffled) == found


def _keys(track):
    return [(one.frame, one.probability, one.box) for one in track.sightings]


@settings(deadline=None)
@given(many)
def test_one_frame_gives_a_track_for_each_sighting(sightings) -> None:
    motion = panning([0.0])
    of_one = [one for one in sightings if one.frame == 0]
    found = tracks(of_one, motion, alike=1.0)
    assert [track.sightings for track in found] == [
        (one,) for one in sorted(of_one, key=lambda s: (-s.probability, s.box))
    ]


@pytest.mark.parametrize("degrees", [-8, 5])
def test_a_place_looks_like_itself_and_unlike_others(degrees: float) -> None:
    scene = marked(panel(seed=4), (0.5, 0.5), radius=0.05)
    box, other = (0.42, 0.4, 0.16, 0.2), (0.1, 0.1, 0.16, 0.2)
    turned = seen_through(scene, turn_of(degrees=degrees, scale=1.1))
    same = likeness(appearance(scene, box), appearance(turned, box))
    assert same > likeness(appearance(scene, box), appearance(scene, other))
    assert likeness(appearance(scene, box), appearance(scene, box)) == pytest.approx(1.0)
    assert 0.0 <= same <= 1.0


@settings(deadline=None)
@given(st.tuples(*[st.floats(0, 1)] * 4), st.integers(1, 40), st.integers(1, 40))
def test_any_box_of_any_picture_has_looks(box, height: int, width: int) -> None:
    looks = appearance(np.zeros((height, width, 3), np.uint8), box)
    assert np.isfinite(looks).all()
    assert likeness(looks, looks) == pytest.approx(1.0)
