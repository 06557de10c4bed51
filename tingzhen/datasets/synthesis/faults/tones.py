"""Tones that follow a shaft, and noise with a given colour."""

from typing import Literal

import numpy as np

from tingzhen.datasets.synthesis.faults.structure import NYQUIST_HZ, fast_size
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve

TABLE = 1 << 16
"""Fine enough that the fiftieth harmonic is read to -55 dB without interpolation."""


def harmonics(phase: Curve, levels: Curve, random: np.random.Generator) -> Curve:
    """Sum of levels[k] * cos(2 pi (k + 1) phase + a random angle), phase (n,) in cycles.

    Read off a table of one period, which costs the same for one harmonic as for fifty. Where the
    speed changes, tables for half octaves of it leave out what would fold back."""
    angles = random.uniform(0, 2 * np.pi, len(levels))
    hz = np.abs(np.gradient(phase)) * SAMPLE_RATE_HZ
    place = ((phase - np.floor(phase)) * TABLE).astype(np.int32) % TABLE
    slowest, fastest = max(float(hz.min()), 1.0), max(float(hz.max()), 1.0)
    if fastest < 1.4 * slowest:
        return _period(levels, angles, fastest)[place]
    half_octaves = np.ceil(2 * np.log2(np.maximum(hz, 1.0))).astype(np.int8)
    total = np.empty(len(phase))
    for step in range(int(half_octaves.min()), int(half_octaves.max()) + 1):
        here = half_octaves == step
        if here.any():
            total[here] = _period(levels, angles, 2 ** (step / 2))[place[here]]
    return total


def _period(levels: Curve, angles: Curve, fastest_hz: float) -> Curve:
    highest = int(min(len(levels), NYQUIST_HZ // fastest_hz))
    spectrum = np.zeros(TABLE // 2 + 1, np.complex64)
    spectrum[1 : highest + 1] = (levels * np.exp(1j * angles))[:highest] * (TABLE / 2)
    table: Curve = np.fft.irfft(spectrum, TABLE).astype(np.float64)
    return table


def phase_of(hz: Curve) -> Curve:
    """Cycles (n,) of a frequency curve (n,)."""
    return np.cumsum(hz) / SAMPLE_RATE_HZ


def falling(
    count: int, db_per_octave: float, random: np.random.Generator, spread_db: float = 5.0
) -> Curve:
    """Levels (count,) of harmonics that fall with the octave, uneven as paths differ."""
    number = np.arange(1, count + 1)
    return number ** (-db_per_octave / 6.02) * 10 ** (random.normal(0, spread_db, count) / 20)


def noise(
    samples: int,
    random: np.random.Generator,
    low_hz: float,
    high_hz: float,
    slope_db_octave: float = 0.0,
    *,
    order: Literal[1, 2] = 2,
) -> Curve:
    """Noise (n,) of rms 1 between low_hz and high_hz with edges of `order` * 6 dB an octave and a
    slope in between."""  # fmt: skip
    size = fast_size(samples)
    hz = np.maximum(np.arange(size // 2 + 1, dtype=np.float32) * (SAMPLE_RATE_HZ / size), 1.0)
    # Squared magnitudes first: one root at the end, and whole powers for the usual edges.
    low, high = np.square(np.float32(low_hz) / hz), np.square(hz / np.float32(high_hz))
    edges = (1 + low * low) * (1 + high * high) if order == 2 else (1 + low) * (1 + high)
    shape = 1 / np.sqrt(edges)
    if abs(slope_db_octave) > 0.1:
        shape *= (hz / np.sqrt(low_hz * high_hz)) ** np.float32(slope_db_octave / 6.02)
    spectrum = np.fft.rfft(random.standard_normal(size, dtype=np.float32))
    spectrum *= shape.astype(np.float32)
    sound: Curve = np.fft.irfft(spectrum, size)[:samples].astype(np.float64)
    scale = float(np.sqrt(np.mean(np.square(sound)))) + 1e-12
    return sound / scale


def puffs(samples: int, positions: Curve, levels: Curve, rise_s: float, fall_s: float) -> Curve:
    """Envelope (n,) of gas puffs: each rises in rise_s and falls by e in fall_s."""
    excitation = np.zeros(samples, np.float32)
    inside = (positions >= 0) & (positions < samples)
    np.add.at(excitation, positions[inside].astype(np.int64), levels[inside])
    time_s = np.arange(int(min(0.4, 7 * fall_s + rise_s) * SAMPLE_RATE_HZ) + 2) / SAMPLE_RATE_HZ
    shape = np.minimum(1.0, time_s / max(rise_s, 1e-5)) * np.exp(-time_s / fall_s)
    shape = shape.astype(np.float32)
    size = fast_size(samples + len(shape))
    envelope = np.fft.irfft(np.fft.rfft(excitation, size) * np.fft.rfft(shape, size), size)
    return np.maximum(0.0, envelope[:samples]).astype(np.float64)
