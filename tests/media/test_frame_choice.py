"""Properties of the choice of packets and frames, on any pattern of keyframes."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.media.frame_choice import (
    DUPLICATE_DIFFERENCE,
    PacketFacts,
    choose_packets,
    spacing_s,
    thin_out,
)

GroupSizes = st.lists(st.integers(1, 180), min_size=1, max_size=12)


def chosen_times(sizes: list[int], fps: float, spacing: float) -> tuple[list[float], float, int]:
    """Run the choice over a clip of the given keyframe groups: times kept, duration, decoded."""
    times, decoded, last, number = [], 0, None, 0
    for position, size in enumerate(sizes):
        group = [PacketFacts((number + k) / fps, k == 0) for k in range(size)]
        number += size
        following = number / fps if position + 1 < len(sizes) else None
        decode, keep = choose_packets(
            group, last_chosen_s=last, next_keyframe_s=following, spacing=spacing
        )
        assert keep <= decode
        assert decode == frozenset(range(len(decode))), "what a kept picture refers to is decoded"
        decoded += len(decode)
        for index in sorted(keep):
            times.append(group[index].time_s)
            last = group[index].time_s
        if following is not None and keep - {0}:
            last = following - spacing
    return times, number / fps, decoded


@given(GroupSizes, st.sampled_from([15.0, 24.0, 30.0, 60.0]), st.sampled_from([1.0, 2.5]))
def test_no_gap_is_much_longer_than_the_spacing(
    sizes: list[int], fps: float, spacing: float
) -> None:
    times, duration, _ = chosen_times(sizes, fps, spacing)
    assert times[0] == 0.0
    gaps = [b - a for a, b in itertools.pairwise([*times, duration])]
    assert max(gaps) <= spacing * 1.1 + 2 / fps + 1e-9
    assert all(gap > 0 for gap in gaps)


def test_a_keyframe_each_second_is_all_that_is_decoded() -> None:
    times, _, decoded = chosen_times([30] * 10, 30.0, 1.0)
    assert times == [float(second) for second in range(10)]
    assert decoded == 10


def test_pictures_between_far_keyframes_are_spread_evenly() -> None:
    times, _, decoded = chosen_times([150, 150], 30.0, 1.0)
    assert times == [float(second) for second in range(10)]
    assert decoded == 2 * 121, "the end of a group, to which nothing refers, stays undecoded"


@given(st.floats(0.1, 180.0), st.integers(1, 32))
def test_the_spacing_makes_the_frames_last(duration: float, frames: int) -> None:
    assert spacing_s(duration, frames) >= 1.0
    assert duration / spacing_s(duration, frames) <= frames + 1e-6
    assert spacing_s(None, frames) == 1.0


@given(
    st.lists(st.tuples(st.floats(0, 180), st.floats(0, 5000), st.integers(0, 255)), max_size=40),
    st.integers(1, 32),
)
def test_thinning_keeps_order_and_bounds(
    pictures: list[tuple[float, float, int]], most: int
) -> None:
    times = [time for time, _, _ in pictures]
    thumbnails = [np.full((32, 32), grey, np.uint8) for _, _, grey in pictures]
    kept = thin_out(times, [sharp for _, sharp, _ in pictures], thumbnails, most)
    assert bool(kept) == bool(pictures)
    assert len(kept) <= most
    assert len(set(kept)) == len(kept)
    assert [times[i] for i in kept] == sorted(times[i] for i in kept)
    for one, other in itertools.combinations(kept, 2):
        difference = np.abs(thumbnails[one].astype(int) - thumbnails[other].astype(int)).mean()
        assert difference >= DUPLICATE_DIFFERENCE


def test_of_two_alike_the_sharper_stays_and_a_blurred_one_goes() -> None:
    same, other = np.zeros((32, 32), np.uint8), np.full((32, 32), 90, np.uint8)
    third = np.full((32, 32), 180, np.uint8)
    assert thin_out([0, 1, 2, 3], [300, 400, 350, 20], [same, same, other, third], 32) == [1, 2]


def test_a_long_clip_with_many_keyframes_decodes_keyframes_only() -> None:
    spacing = spacing_s(180.0, 32)
    times, _, decoded = chosen_times([30] * 180, 30.0, spacing)
    assert decoded == len(times)
    assert 28 <= len(times) <= 37
