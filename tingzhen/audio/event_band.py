"""In which band an event is heard, found from the sound itself.

The spectrum of the event is held against the rest of the clip. Where the noise never stops there
is no rest, and the noise has to give itself away: impacts by a level that jumps more than that of
steady noise would, tones by standing above their surroundings, broad noise by standing above the
slope of the spectrum. The band is the stretch that holds most of what sticks out.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.event_priors import BAND_PRIORS, NYQUIST_HZ, BandPrior, Kind
from tingzhen.audio.findings import NoiseEvent
from tingzhen.audio.log_mel import SAMPLE_RATE_HZ

Levels = NDArray[np.float64]

WINDOWS: Final[dict[Kind, int]] = {"impulsive": 512, "tonal": 1024, "broad": 1024}
MAX_FRAMES: Final = 128
"""Frames are picked evenly from longer stretches, so an event of minutes costs no more."""
REST_S: Final = 0.5
MARGIN_S: Final = 0.1
"""Sound this close to an event belongs to neither side."""
CLEAR_DB: Final = 3.0
"""Less than this above the rest is no difference; the event's own shape is looked at instead."""
BURSTS_DB: Final = 8.0
BANDS_AN_OCTAVE: Final = 12
LOWEST_HZ: Final = 30.0
FLOOR: Final = 1e-9


def with_bands(
    waveform: NDArray[np.float32], events: Sequence[NoiseEvent]
) -> tuple[NoiseEvent, ...]:
    """The events with low_hz and high_hz, 0 <= low_hz < high_hz <= 8000.

    waveform: float32 (n,), mono, 16 kHz, of the whole clip.
    """
    found = []
    for event in events:
        low_hz, high_hz = event_band(waveform, event, [e for e in events if e.type == event.type])
        found.append(replace(event, low_hz=round(low_hz, 1), high_hz=round(high_hz, 1)))
    return tuple(found)


def event_band(
    waveform: NDArray[np.float32], event: NoiseEvent, alike: Sequence[NoiseEvent] = ()
) -> tuple[float, float]:
    """Lower and upper edge in Hz; where nothing sticks out, all that is possible for the type.

    alike: events of the same type, which are no rest to compare with.
    """
    prior = BAND_PRIORS.get(event.type, BandPrior(LOWEST_HZ, NYQUIST_HZ, "broad"))
    window = WINDOWS[prior.kind]
    edges = band_edges(window)
    starts = np.arange(0, max(1, len(waveform) - window + 1), window // 4)
    middle_s = (starts + window / 2) / SAMPLE_RATE_HZ
    inside = (middle_s >= event.start_s) & (middle_s <= event.end_s)
    if not inside.any():
        inside = np.abs(middle_s - event.start_s) == np.abs(middle_s - event.start_s).min()
    rest = np.ones(len(starts), dtype=bool)
    for other in (event, *alike):
        near = (middle_s > other.start_s - MARGIN_S) & (middle_s < other.end_s + MARGIN_S)
        rest &= ~near
    heard = _powers(waveform, starts[inside], window, edges)
    excess = None
    if rest.sum() * window / 4 >= REST_S * SAMPLE_RATE_HZ:
        excess = _above_rest(heard, _powers(waveform, starts[rest], window, edges), prior.kind)
    bins_hz = edges * SAMPLE_RATE_HZ / window
    wanted = (bins_hz[:-1] >= prior.low_hz * 0.99) & (bins_hz[1:] <= prior.high_hz * 1.01)
    if excess is None or excess[wanted].max() < CLEAR_DB:
        excess = _above_itself(heard, edges, prior.kind)
    first, last = _densest(excess[wanted])
    if first == last:
        return prior.low_hz, prior.high_hz
    possible = np.flatnonzero(wanted)
    return float(bins_hz[possible[first]]), float(min(bins_hz[possible[last - 1] + 1], NYQUIST_HZ))


def band_edges(window: int) -> NDArray[np.intp]:
    """Edges of the bands as bins of a DFT of `window` samples: twelve an octave, or one bin each
    where that would be less."""
    count = int(np.log2(NYQUIST_HZ / LOWEST_HZ) * BANDS_AN_OCTAVE) + 1
    wanted_hz = NYQUIST_HZ * 2.0 ** (-np.arange(count) / BANDS_AN_OCTAVE)
    edges: NDArray[np.intp] = np.unique(np.round(wanted_hz * window / SAMPLE_RATE_HZ).astype(int))
    return edges[edges > 0]


def _powers(
    waveform: NDArray[np.float32], starts: NDArray[np.intp], window: int, edges: NDArray[np.intp]
) -> Levels:
    """Mean power density, (frames, bands), of at most MAX_FRAMES frames."""
    if len(starts) > MAX_FRAMES:
        starts = starts[np.linspace(0, len(starts) - 1, MAX_FRAMES).astype(int)]
    padded = waveform if len(waveform) >= window else np.pad(waveform, (0, window - len(waveform)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[starts]
    frames = np.where(np.isfinite(frames), frames, 0.0) * np.hanning(window).astype(np.float32)
    spectra = np.fft.rfft(frames, axis=1)
    power = np.square(spectra.real) + np.square(spectra.imag)
    sums = np.add.reduceat(power, edges[:-1], axis=1).astype(np.float64)
    # The last band of reduceat runs to the end, one bin beyond its edge.
    sums[:, -1] = power[:, edges[-2] : edges[-1]].sum(axis=1)
    result: Levels = sums / np.diff(edges) + FLOOR
    return result


def _level_db(powers: Levels, kind: Kind) -> Levels:
    """One level a band: what impacts reach, or the mean of what goes on."""
    level = np.quantile(powers, 0.95, axis=0) if kind == "impulsive" else powers.mean(axis=0)
    result: Levels = 10.0 * np.log10(level)
    return result


def _above_rest(heard: Levels, rest: Levels, kind: Kind) -> Levels:
    excess = _level_db(heard, kind) - _level_db(rest, kind)
    return excess if kind == "tonal" else _smooth(excess)


def _above_itself(heard: Levels, edges: NDArray[np.intp], kind: Kind) -> Levels:
    """How far a band sticks out of an event that has nothing beside it, in dB."""
    if kind != "tonal":
        jumps = 10.0 * np.log10(np.quantile(heard, 0.95, axis=0) / np.median(heard, axis=0))
        jumps = _smooth(jumps - _jumps_of_noise(np.diff(edges)))
        # Broad noise may come in bursts, too: then they say more than the spectrum's shape.
        if kind == "impulsive" or jumps.max() >= BURSTS_DB:
            return jumps
    level = _level_db(heard, kind)
    if kind == "tonal":
        reach = BANDS_AN_OCTAVE // 2
        padded = np.pad(level, reach, mode="edge")
        around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
        tone: Levels = level - np.median(around, axis=1)
        return tone
    octaves = np.log2((edges[:-1] + edges[1:]) / 2.0)
    slope, offset = np.polyfit(octaves, level, 1)
    return _smooth(level - slope * octaves - offset)


def _jumps_of_noise(bins: NDArray[np.intp]) -> Levels:
    """How far the 95th percentile of steady noise lies above its median in a band of so many
    bins, dB: a chi-square of two degrees a bin, by Wilson and Hilferty 1931."""
    freedom = 2.0 * np.maximum(1.0, bins / 1.5)  # neighbouring bins of a Hann window go together
    part = 2.0 / (9.0 * freedom)
    result: Levels = 30.0 * np.log10((1.0 - part + 1.645 * np.sqrt(part)) / (1.0 - part))
    return result


def _smooth(values: Levels) -> Levels:
    padded = np.pad(values, 1, mode="edge")
    result: Levels = (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0
    return result


def _densest(excess: Levels) -> tuple[int, int]:
    """First and last + 1 of the stretch with the largest sum above half of the peak; an empty one
    where nothing reaches CLEAR_DB."""
    if len(excess) == 0 or excess.max() < CLEAR_DB:
        return 0, 0
    total = np.concatenate([[0.0], np.cumsum(excess - excess.max() / 2.0)])
    lowest = np.minimum.accumulate(total)
    last = int(np.argmax(total - lowest))
    return int(np.argmin(total[: last + 1])), last
