"""Tones that follow a shaft, and noise with a given colour."""

import numpy as np

from tingzhen.datasets.synthesis.faults.structure import NYQUIST_HZ, fast_size
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve


def harmonics(phase: Curve, levels: Curve, random: np.random.Generator) -> Curve:
    """Sum of levels[k] * cos(2 pi (k + 1) phase), phase (n,) in cycles, each with a random phase.
    Parts above half the sample rate are left out where they would fold back."""
    hz = np.abs(np.gradient(phase)) * SAMPLE_RATE_HZ
    base = np.exp(2j * np.pi * (phase - np.floor(phase)))
    highest = int(min(len(levels), NYQUIST_HZ // max(float(hz.min()), 0.1)))
    fastest = float(hz.max())
    total = np.zeros(len(phase))
    turn = np.ones(len(phase), np.complex128)
    for number in range(1, highest + 1):
        turn *= base
        start = random.uniform(0, 2 * np.pi)
        part = levels[number - 1] * (turn.real * np.cos(start) - turn.imag * np.sin(start))
        if number * fastest > NYQUIST_HZ:
            part = part * (number * hz < NYQUIST_HZ)
        total += part
    return total


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
    order: float = 2.0,
) -> Curve:
    """Noise (n,) of rms 1 between low_hz and high_hz with edges of `order` * 6 dB an octave and a
    slope in between."""  # fmt: skip
    size = fast_size(samples)
    hz = np.maximum(np.arange(size // 2 + 1) * (SAMPLE_RATE_HZ / size), 1.0)
    shape = (hz / np.sqrt(low_hz * high_hz)) ** (slope_db_octave / 6.02)
    shape /= np.sqrt((1 + (low_hz / hz) ** (2 * order)) * (1 + (hz / high_hz) ** (2 * order)))
    spectrum = np.fft.rfft(random.standard_normal(size, dtype=np.float32)) * shape.astype(
        np.float32
    )
    sound: Curve = np.fft.irfft(spectrum, size)[:samples].astype(np.float64)
    scale = float(np.sqrt(np.mean(np.square(sound)))) + 1e-12
    return sound / scale


def puffs(samples: int, positions: Curve, levels: Curve, rise_s: float, fall_s: float) -> Curve:
    """Envelope (n,) of gas puffs: each rises in rise_s and falls by e in fall_s."""
    excitation = np.zeros(samples)
    inside = (positions >= 0) & (positions < samples)
    np.add.at(excitation, positions[inside].astype(np.int64), levels[inside])
    time_s = np.arange(int(min(0.4, 7 * fall_s + rise_s) * SAMPLE_RATE_HZ) + 2) / SAMPLE_RATE_HZ
    shape = np.minimum(1.0, time_s / max(rise_s, 1e-5)) * np.exp(-time_s / fall_s)
    size = fast_size(samples + len(shape))
    envelope = np.fft.irfft(np.fft.rfft(excitation, size) * np.fft.rfft(shape, size), size)
    return np.maximum(0.0, envelope[:samples])
