"""Scores over time → events."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tingzhen.audio.events import EventRule, find_events
from tingzhen.audio.recogniser import CHUNK_STEPS, chunks

RULE = EventRule(step_s=0.32)


@given(
    arrays(np.float32, st.integers(0, 60), elements=st.floats(0, 1, width=32)),
    st.floats(0.05, 0.95),
    st.floats(0, 1),
)
def test_events_lie_in_the_clip_in_order_and_apart(probabilities, threshold, extra):
    duration_s = (len(probabilities) + extra) * RULE.step_s
    events = find_events("knock", probabilities, threshold, RULE, duration_s)
    assert bool(events) == (len(probabilities) > 0)
    for event in events:
        assert 0 <= event.start_s < event.end_s <= duration_s + 1e-3
        steps = probabilities[round(event.start_s / 0.32) : max(1, round(event.end_s / 0.32))]
        assert event.probability == steps.max()
        assert event.probability >= min(threshold, float(probabilities.max()))
    for before, after in pairwise(events):
        assert after.start_s - before.end_s >= RULE.merge_gap_s - 1e-3


@given(arrays(np.float32, st.integers(1, 60), elements=st.floats(0, 1, width=32)))
def test_every_step_above_the_threshold_is_in_an_event(probabilities):
    events = find_events("squeal", probabilities, 0.5, RULE, len(probabilities) * 0.32)
    for i, probability in enumerate(probabilities):
        if probability >= 0.5:
            middle = (i + 0.5) * 0.32
            assert any(event.start_s <= middle <= event.end_s for event in events)


def test_hysteresis_merging_and_times_by_hand():
    scores = np.array([0, 0.6, 0.4, 0.1, 0.4, 0.7, 0, 0, 0, 0.4, 0, 0, 0.9], np.float32)
    events = find_events("tick", scores, 0.5, RULE, 4.5)
    # Steps 1-2 and 4-5 are one step apart and merge; 9 never reaches 0.5; 12 lasts to the end.
    assert [(e.start_s, e.end_s) for e in events] == [(0.32, 1.92), (3.84, 4.5)]


@given(st.integers(16_000, 20_000_000))
def test_chunks_cover_all_steps_once_and_stay_small(samples):
    step, position = 2560, 0
    found = list(chunks(samples, step))
    assert found[0].start == 0 and found[-1].stop == samples
    for chunk in found:
        assert chunk.start % step == 0
        assert 16_000 <= chunk.stop - chunk.start <= CHUNK_STEPS * step
        assert chunk.start // step + chunk.first == position
        if chunk.last is not None:
            assert chunk.start // step + chunk.last > position
            position = chunk.start // step + chunk.last
    assert position * step < samples
