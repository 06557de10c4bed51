"""Segment-based F1 against brute force and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.audio.findings import NoiseEvent
from tingzhen.training.noise_measuring.events import (
    ClipEvents,
    event_figures,
    f1,
    segment_counts,
)


def event(start_s, end_s, type_="knock"):
    return NoiseEvent(type_, start_s, end_s, 1.0)


def brute_force(clip, type_, segment_s):
    """Walk over the segments and ask whether any event of the type overlaps the open segment."""

    def active(events, start, end):
        return any(
            e.type == type_ and e.end_s > e.start_s and e.start_s < end - 1e-7
            and e.end_s > start + 1e-7
            for e in events
        )  # fmt: skip

    last = max([clip.duration_s, *(e.end_s for e in (*clip.truth, *clip.found))])
    counts = [0, 0, 0]
    i = 0
    while i * segment_s < last - 1e-7:
        true = active(clip.truth, i * segment_s, (i + 1) * segment_s)
        found = active(clip.found, i * segment_s, (i + 1) * segment_s)
        counts[0] += true and found
        counts[1] += found and not true
        counts[2] += true and not found
        i += 1
    return tuple(counts)


spans = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 20), st.sampled_from(["knock", "squeal"])).map(
        lambda t: event(t[0] / 10, (t[0] + t[1]) / 10, t[2])
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=150)
@given(spans, spans, st.integers(1, 60), st.sampled_from([0.1, 0.25, 1.0]))
def test_counts_equal_brute_force(truth, found, tenths, segment_s):
    clip = ClipEvents("g", tenths / 10, truth, found)
    for type_ in ("knock", "squeal"):
        expected = brute_force(clip, type_, segment_s)
        assert segment_counts(clip, type_, segment_s=segment_s) == expected


def test_by_hand():
    # Truth touches segments 2 to 5 (0.5 to 1.5 s), found 4 to 7.
    clip = ClipEvents("a", 4.0, [event(0.5, 1.5)], [event(1.0, 2.0)])
    assert segment_counts(clip, "knock") == (2, 2, 2)
    other = ClipEvents("b", 2.0, [], [event(0.1, 0.2, "squeal")])
    figures = event_figures([clip, other], resamples=20)
    assert figures["by_type"]["knock"]["f1"]["value"] == 0.5
    assert figures["by_type"]["knock"]["f1"]["n"] == 1
    # The squeal is found where there is no fault: that is told apart.
    assert figures["by_type"]["squeal"]["f1"]["value"] is None
    assert figures["all_types"]["f1"]["value"] == 0.5
    assert figures["without_fault"]["clips_with_an_event"]["value"] == 1.0
    assert figures["without_fault"]["events_per_minute"]["value"] == 30.0
    # Marking all 16 segments of the clip: 4 right, 12 wrong.
    assert figures["by_type"]["knock"]["whole_clip"]["value"] == pytest.approx(8 / 20)


def test_another_type_in_a_faulty_clip_counts_against_it():
    clip = ClipEvents("a", 2.0, [event(0, 1)], [event(0, 1), event(0, 0.5, "squeal")])
    figures = event_figures([clip], resamples=5)
    assert figures["by_type"]["squeal"]["precision"]["value"] == 0.0
    assert figures["all_types"]["f1"]["value"] == pytest.approx(2 * 4 / (2 * 4 + 2), abs=1e-4)
    assert figures["without_fault"]["clips_with_an_event"]["value"] is None


def test_quiet_mixes_stand_apart():
    right = ClipEvents("a", 1.0, [event(0, 1)], [event(0, 1)], level_db=0.0)
    missed = ClipEvents("b", 1.0, [event(0, 1)], [], level_db=-5.0)
    figures = event_figures([right, missed], resamples=20)
    assert figures["by_type"]["knock"]["f1"]["value"] == 1.0
    assert figures["by_level"]["-5"]["value"] == 0.0
    assert figures["by_level"]["0"]["value"] == 1.0


def test_nothing_true_and_nothing_found_is_no_figure():
    assert math.isnan(f1(np.zeros(3)))
    figures = event_figures([ClipEvents("a", 1.0, [], [])], resamples=5)
    assert figures["by_type"] == {} and figures["all_types"]["f1"]["value"] is None
