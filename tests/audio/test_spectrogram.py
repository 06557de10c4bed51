"""The spectrogram picture."""

import cv2
import numpy as np
import pytest

from tingzhen.audio import NoiseEvent, event_colour, spectrogram
from tingzhen.audio.event_boxes import TAG_HEIGHT_PX
from tingzhen.audio.spectrogram_picture import LEFT_PX, RIGHT_PX, nice_step


def picture_of(waveform, events=(), **size):
    png = spectrogram(waveform, events, language="zh", **size)
    assert png.startswith(b"\x89PNG")
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.1, 1.0, 10.0, 600.0])
def test_any_length_gives_the_wanted_size(seconds):
    waveform = np.random.default_rng(0).normal(0, 0.1, int(seconds * 16_000)).astype(np.float32)
    assert picture_of(waveform, width_px=600, height_px=200).shape == (200, 600, 3)


def test_silence_and_full_scale_and_not_a_number():
    assert picture_of(np.zeros(16_000, np.float32)).shape == (320, 960, 3)
    assert picture_of(np.full(16_000, np.nan, np.float32)).shape == (320, 960, 3)
    assert picture_of(np.resize(np.array([1.0, -1.0], np.float32), 16_000)).shape == (320, 960, 3)


def test_a_tone_is_bright_where_the_axis_says():
    tone = np.sin(2 * np.pi * 1000 * np.arange(48_000) / 16_000).astype(np.float32)
    plot = picture_of(tone)[24:280, 58:946].sum(axis=2)
    row = int(plot.mean(axis=1).argmax())
    mel = 2595 * np.log10(1 + np.array([50, 1000, 8000]) / 700)
    expected = 255 * (1 - (mel[1] - mel[0]) / (mel[2] - mel[0]))
    assert abs(row - expected) <= 3


def test_an_event_is_framed_at_its_seconds():
    events = (NoiseEvent("squeal", 2.0, 4.0, 0.9),)
    picture = picture_of(np.zeros(160_000, np.float32), events)
    colour = np.array(event_colour("squeal"))
    columns = np.flatnonzero((picture[150] == colour).all(axis=1))
    width = 960 - LEFT_PX - RIGHT_PX
    assert abs(columns.min() - (LEFT_PX + 0.2 * width)) <= 3
    assert abs(columns.max() - (LEFT_PX + 0.4 * width)) <= 3


def rows_and_columns(picture, type_):
    there = (picture == np.array(event_colour(type_))).all(axis=2)
    return np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))


def test_an_event_is_framed_in_its_band():
    events = (NoiseEvent("squeal", 2.0, 4.0, 0.9, 2000.0, 4000.0),)
    rows, _ = rows_and_columns(picture_of(np.zeros(160_000, np.float32), events), "squeal")
    mel = 2595 * np.log10(1 + np.array([50, 2000, 4000, 8000]) / 700)
    bottom, top = (24 + 255 * (1 - (m - mel[0]) / (mel[3] - mel[0])) for m in mel[1:3])
    assert abs(rows.max() - bottom) <= 3
    assert abs(rows.min() - (top - TAG_HEIGHT_PX)) <= 3


@pytest.mark.parametrize("band", [(None, None), (30.0, 31.0), (7999.0, 8000.0), (0.0, 8000.0)])
def test_boxes_and_tags_stay_in_the_picture_and_are_seen(band):
    events = [
        NoiseEvent("knock", 0.0, 0.001, 0.9, *band),
        NoiseEvent("knock", 9.99, 10, 0.9, *band),
    ]
    picture = picture_of(np.zeros(160_000, np.float32), events)
    rows, columns = rows_and_columns(picture, "knock")
    assert len(rows) >= 6 and columns.min() < 70 and columns.max() > 930


def test_events_at_one_time_keep_their_tags_apart():
    events = [NoiseEvent(t, 1.0, 3.0, 0.9, 500.0, 900.0) for t in ("knock", "squeal", "grind")]
    picture = picture_of(np.zeros(160_000, np.float32), events)
    for event in events:
        colour = np.array(event_colour(event.type))
        there = (picture == colour).all(axis=2)
        assert there.sum() > 100, event.type


def test_a_synthetic_type_is_dashed_and_starred():
    events = (NoiseEvent("grind", 2.0, 8.0, 0.9, 500.0, 4000.0),)
    plain = picture_of(np.zeros(160_000, np.float32), events)
    marked = picture_of(np.zeros(160_000, np.float32), events, synthetic={"grind"})
    solid, dashed = ((p == np.array(event_colour("grind"))).all(axis=2) for p in (plain, marked))
    row = np.flatnonzero(solid.sum(axis=1) > 400)[-1]
    assert 0.3 < dashed[row].sum() / solid[row].sum() < 0.8
    assert (plain[:60] != marked[:60]).any() or (plain != marked).any()


def test_types_differ_in_colour():
    from tingzhen.audio import FAULT_NOISES

    assert len({event_colour(type_) for type_ in FAULT_NOISES}) == len(FAULT_NOISES)


def test_too_small_a_picture_is_refused():
    with pytest.raises(ValueError, match="at least"):
        spectrogram(np.zeros(100, np.float32), width_px=50, height_px=50)


@pytest.mark.parametrize(("length", "most", "step"), [(10, 10, 1), (10, 9, 2), (0.1, 5, 0.02),
                                                      (180, 8, 50), (0.9, 9, 0.1)])  # fmt: skip
def test_tick_steps(length, most, step):
    assert nice_step(length, most) == pytest.approx(step)
