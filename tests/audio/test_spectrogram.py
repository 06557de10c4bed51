"""The spectrogram picture."""

import cv2
import numpy as np
import pytest

from tingzhen.audio import NoiseEvent, event_colour, spectrogram
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
