"""The sound of the generated clip: an engine that idles and knocks, as a phone records it.

Impulses at the moments of combustion, of valve seating and of the knock, each convolved with a
decaying response of the part that rings, over the noise of intake and fan. Engine orders follow
from the four-stroke cycle: one combustion a cylinder in two turns of the crankshaft.
"""

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
IDLE_RPM = 680.0
CYLINDERS = 4

# What rings, as (frequency in Hz, decay in 1/s, weight): the block with each combustion, the valve
# gear, and steel on steel where a bearing has play.
_BLOCK = ((55, 30, 1.0), (108, 40, 0.8), (210, 60, 0.5), (430, 110, 0.25))
_VALVES = ((2600, 700, 0.6), (4300, 900, 0.5))
_BEARING = ((820, 300, 0.6), (1650, 400, 0.8), (3100, 600, 1.0), (5200, 800, 0.8))

Signal = NDArray[np.float64]


def idling_engine_with_knock(duration_s: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """float32 (n,), mono, 48 kHz, -1..1: idle at 680 rpm with a knock at half engine speed."""
    count = round(duration_s * RATE_HZ)
    cycle_s = 120.0 / IDLE_RPM
    starts = _cycle_starts(duration_s, cycle_s, rng)
    combustion = np.concatenate([starts + k * cycle_s / CYLINDERS for k in range(CYLINDERS)])
    valves = np.concatenate([starts + k * cycle_s / (4 * CYLINDERS) for k in range(4 * CYLINDERS)])
    # Play in one bearing strikes when that cylinder fires, and a little after it again.
    knock = np.concatenate([starts + 0.012, starts + 0.012 + cycle_s / 2])
    strength = np.concatenate([np.ones(len(starts)), np.full(len(starts), 0.45)])

    sound = 0.55 * _ring(count, combustion, rng.normal(1, 0.18, len(combustion)), _BLOCK, rng)
    sound += 0.10 * _ring(count, valves, rng.normal(1, 0.35, len(valves)), _VALVES, rng)
    sound += 3.6 * _ring(count, knock, strength * rng.normal(1, 0.12, len(knock)), _BEARING, rng)
    sound += 0.08 * _coloured_noise(count, rng)
    return _as_a_phone_records(sound)


def _cycle_starts(duration_s: float, cycle_s: float, rng: np.random.Generator) -> Signal:
    """Seconds at which working cycles begin: idle speed wanders and no cycle is like the last."""
    lengths = cycle_s * (1 + 0.012 * rng.standard_normal(round(duration_s / cycle_s) + 2))
    wander = 1 + 0.01 * np.sin(np.linspace(0, 2 * np.pi, len(lengths)))
    return np.cumsum(lengths * wander) - cycle_s


def _ring(
    count: int,
    times_s: Signal,
    strengths: Signal,
    modes: tuple[tuple[float, float, float], ...],
    rng: np.random.Generator,
) -> Signal:
    """(count,): impulses through decaying modes, each (frequency in Hz, decay in 1/s, weight)."""
    impulses = np.zeros(count)
    at = np.round(times_s * RATE_HZ).astype(np.int64)
    inside = (at >= 0) & (at < count)
    np.add.at(impulses, at[inside], strengths[inside])
    t = np.arange(round(0.12 * RATE_HZ)) / RATE_HZ
    response = sum(
        weight * np.exp(-decay * t) * np.sin(2 * np.pi * hz * t + rng.uniform(0, 0.5))
        for hz, decay, weight in modes
    )
    size = count + len(t)
    spectrum = np.fft.rfft(impulses, size) * np.fft.rfft(response, size)
    return np.asarray(np.fft.irfft(spectrum, size)[:count])


def _coloured_noise(count: int, rng: np.random.Generator) -> Signal:
    """(count,), unit variance: 1/f noise of intake, exhaust and fan."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(hz, 60.0)), count)
    return np.asarray(noise / noise.std())


def _as_a_phone_records(sound: Signal) -> NDArray[np.float32]:
    """Band of a phone's microphone (150 Hz to 14 kHz), gain control and soft limiting."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    low = 1 / (1 + (150 / np.maximum(hz, 1)) ** 4)
    high = 1 / (1 + (hz / 14_000) ** 8)
    banded = np.fft.irfft(spectrum * low * high, len(sound))
    banded *= 0.16 / np.sqrt(np.mean(banded**2))
    fade = np.minimum(1, np.arange(len(sound)) / (0.05 * RATE_HZ))
    return (0.9 * np.tanh(banded * fade / 0.9)).astype(np.float32)
