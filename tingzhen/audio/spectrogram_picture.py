"""Spectrogram as a picture: time in s, frequency in Hz on the mel scale, events in boxes.

OpenCV's fonts hold no Chinese, so the picture bears only numbers and units, which read the same in
every language; events carry their number, and names stand in the report beside it. A type that was
trained on synthetic sound has a dashed box and a star behind its number.
"""

from collections.abc import Collection, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.event_boxes import FONT, INK, Picture, PlotArea, draw_events
from tingzhen.audio.findings import NoiseEvent
from tingzhen.audio.log_mel import SAMPLE_RATE_HZ, hertz_to_mel, mel_to_hertz
from tingzhen.audio.vocabulary import NoiseType
from tingzhen.language import Language

WINDOW = 1024
LOW_HZ, HIGH_HZ = 50.0, 8000.0
RANGE_DB = 70.0
TICKS_HZ = (100, 250, 500, 1000, 2000, 4000, 8000)
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 58, 14, 24, 40
MIN_WIDTH_PX, MIN_HEIGHT_PX = 240, 140
FAINT = (205, 200, 196)


def spectrogram(
    waveform: NDArray[np.float32],
    events: Sequence[NoiseEvent] = (),
    *,
    synthetic: Collection[NoiseType] = (),
    width_px: int = 960,
    height_px: int = 320,
    language: Language = "en",
) -> bytes:
    """PNG of width_px by height_px; events are framed and numbered from 1 in the given order.

    waveform: float32 (n,), mono, 16 kHz; an empty one gives an empty plot. An event is framed in
    its band, or over the full height where it has none. synthetic: types whose events are marked
    as trained on synthetic sound. `language` is accepted for symmetry with other pictures; nothing
    in this one depends on it.
    Raises ValueError when the picture is too small to be read.
    """
    del language
    if width_px < MIN_WIDTH_PX or height_px < MIN_HEIGHT_PX:
        raise ValueError(f"a spectrogram needs at least {MIN_WIDTH_PX}x{MIN_HEIGHT_PX} px")
    plot_width = width_px - LEFT_PX - RIGHT_PX
    plot_height = height_px - TOP_PX - BOTTOM_PX
    picture = np.full((height_px, width_px, 3), 255, dtype=np.uint8)
    grey = _levels(np.nan_to_num(np.asarray(waveform, np.float32)), plot_width, plot_height)
    plot = cv2.applyColorMap(grey, cv2.COLORMAP_MAGMA)
    picture[TOP_PX : TOP_PX + plot_height, LEFT_PX : LEFT_PX + plot_width] = plot
    duration_s = max(len(waveform) / SAMPLE_RATE_HZ, 1e-6)
    _draw_axes(picture, plot_width, plot_height, duration_s)
    area = PlotArea(LEFT_PX, TOP_PX, plot_width, plot_height, duration_s, LOW_HZ, HIGH_HZ)
    draw_events(picture, area, events, synthetic)
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


def _levels(waveform: NDArray[np.float32], width: int, height: int) -> Picture:
    """Brightness 0..255 (height, width): dB below the loudest point, low frequencies at the
    bottom. Long clips are sampled at four windows a column, so memory depends on the width."""
    samples = np.pad(waveform, (WINDOW // 2, WINDOW // 2))
    columns = max(1, min(4 * width, len(waveform) // 80))
    starts = np.linspace(0, max(0, len(waveform) - 1), columns).astype(np.int64)
    index = starts[:, None] + np.arange(WINDOW)
    frames = samples[np.minimum(index, len(samples) - 1)] * np.hanning(WINDOW).astype(np.float32)
    power = np.abs(np.fft.rfft(frames, axis=1)).astype(np.float32) ** 2
    low, high = hertz_to_mel(np.array([LOW_HZ, HIGH_HZ]))
    wanted_hz = mel_to_hertz(np.linspace(low, high, height))
    position = wanted_hz * WINDOW / SAMPLE_RATE_HZ
    below = np.minimum(position.astype(np.int64), power.shape[1] - 2)
    part = (position - below).astype(np.float32)
    rows = power[:, below] * (1 - part) + power[:, below + 1] * part
    level_db = 10 * np.log10(rows.T[::-1] + 1e-9)
    level_db = cv2.resize(level_db, (width, height), interpolation=cv2.INTER_AREA)
    top_db = max(float(level_db.max()), -30.0)
    grey: Picture = (np.clip((level_db - top_db) / RANGE_DB + 1, 0, 1) * 255).astype(np.uint8)
    return grey


def _draw_axes(picture: Picture, width: int, height: int, duration_s: float) -> None:
    right, bottom = LEFT_PX + width, TOP_PX + height
    cv2.rectangle(picture, (LEFT_PX - 1, TOP_PX - 1), (right, bottom), FAINT, 1)
    low, high = hertz_to_mel(np.array([LOW_HZ, HIGH_HZ]))
    for tick_hz in TICKS_HZ:
        share = (float(hertz_to_mel(np.array(float(tick_hz)))) - low) / (high - low)
        y = round(bottom - 1 - share * (height - 1))
        cv2.line(picture, (LEFT_PX - 5, y), (LEFT_PX - 1, y), INK, 1)
        label = f"{tick_hz // 1000}k" if tick_hz >= 1000 else str(tick_hz)
        _text(picture, label, (LEFT_PX - 9, y + 4), align=1.0)
    _text(picture, "Hz", (LEFT_PX - 9, TOP_PX - 8), align=1.0)
    step = nice_step(duration_s, max(2, width // 90))
    for i in range(int(duration_s / step + 1e-6) + 1):
        x = round(LEFT_PX + i * step / duration_s * (width - 1))
        cv2.line(picture, (x, bottom), (x, bottom + 5), INK, 1)
        _text(picture, f"{i * step:g}", (x, bottom + 18), align=0.5)
    _text(picture, "s", (right, bottom + 34), align=1.0)


def nice_step(length: float, most: int) -> float:
    """The smallest 1, 2 or 5 times a power of ten that divides length into at most `most` parts."""
    step = 10.0 ** np.floor(np.log10(length / most))
    for factor in (1, 2, 5, 10):
        if length / (step * factor) <= most:
            return float(step * factor)
    raise AssertionError(length)


def _text(
    picture: Picture,
    label: str,
    at: tuple[int, int],
    *,
    align: float = 0.0,
    colour: tuple[int, int, int] = INK,
) -> None:
    """align: 0 begins, 0.5 is centred, 1 ends at the given point."""
    (width, _), _ = cv2.getTextSize(label, FONT, 0.42, 1)
    origin = (round(at[0] - align * width), at[1])
    cv2.putText(picture, label, origin, FONT, 0.42, colour, 1, cv2.LINE_AA)
