"""What a part sounds like when it is struck: a random set of damped modes.

A struck structure answers with its modes (Cremer, Heckl, Petersson: Structure-Borne Sound, 2005,
chapters 2 and 5); above some ten modes they overlap into a diffuse response that is exponentially
decaying noise. Which modes a certain engine block or link has is not known, so they are drawn, and
two draws sound like two cars. The contact time of the blow is a half sine (Hertz), which takes away
what lies above about 1.5 / contact time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve

LONGEST_S = 0.30
SPOTS = 3
NYQUIST_HZ = 7900.0
FEW = 700_000
"""Samples of responses up to which adding them one by one is cheaper than transforms."""


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """responses: float64 (SPOTS, m); the same modes struck at different spots, unit energy."""

    responses: NDArray[np.float64]


def uniform(random: np.random.Generator, low: float, high: float) -> float:
    return float(random.uniform(low, high))


def log_uniform(random: np.random.Generator, low: float, high: float) -> float:
    """A ratio scale: as often in each octave."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def draw_structure(
    random: np.random.Generator,
    low_hz: float,
    high_hz: float,
    *,
    modes: tuple[int, int] = (4, 12),
    damping: tuple[float, float] = (0.008, 0.06),
    contact_s: tuple[float, float] = (0.0001, 0.0005),
    diffuse: tuple[float, float] = (0.1, 0.9),
    diffuse_s: tuple[float, float] = (0.002, 0.012),
) -> Structure:
    """Modes between low_hz and high_hz. damping: loss as a share of critical; 0.001 bell-like
    sheet, 0.02 bolted castings, 0.1 rubber (Cremer et al., table 3.2, as half the loss factor).
    diffuse: share of the energy in the diffuse response, which decays by e in diffuse_s."""
    count = int(random.integers(modes[0], modes[1] + 1))
    high_hz = min(high_hz, NYQUIST_HZ)
    hz = np.exp(random.uniform(np.log(low_hz), np.log(high_hz), count))
    zeta = np.exp(random.uniform(np.log(damping[0]), np.log(damping[1]), count))
    decay = 2 * np.pi * hz * zeta
    decay_s = log_uniform(random, *diffuse_s)
    length_s = min(LONGEST_S, 6.9 * max(1 / float(decay.min()), decay_s))
    time_s = np.arange(max(16, int(length_s * SAMPLE_RATE_HZ))) / SAMPLE_RATE_HZ
    waves = np.exp(-decay[:, None] * time_s) * np.sin(2 * np.pi * hz[:, None] * time_s)
    # Modes differ by some 6 dB in how well the blow meets them and how well they radiate.
    base = random.normal(0.0, 6.0, count)
    gains = 10 ** ((base + random.normal(0.0, 3.0, (SPOTS, count))) / 20)
    gains *= np.sqrt(decay) * random.choice([-1.0, 1.0], (SPOTS, count))
    responses = gains @ waves
    responses /= np.linalg.norm(responses, axis=1, keepdims=True)
    tail = _band(random.standard_normal((SPOTS, len(time_s))), low_hz, high_hz)
    tail *= np.exp(-time_s / decay_s)
    tail /= np.linalg.norm(tail, axis=1, keepdims=True) + 1e-12
    share = uniform(random, *diffuse)
    responses = np.sqrt(1 - share) * responses + np.sqrt(share) * tail
    contact = max(1, round(log_uniform(random, *contact_s) * SAMPLE_RATE_HZ))
    if contact > 1:
        pulse = np.sin(np.pi * (np.arange(contact) + 0.5) / contact)
        responses = np.stack([np.convolve(row, pulse)[: len(time_s)] for row in responses])
    return Structure(responses / (np.linalg.norm(responses, axis=1, keepdims=True) + 1e-12))


def _band(noise: NDArray[np.float64], low_hz: float, high_hz: float) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(noise)
    hz = np.fft.rfftfreq(noise.shape[-1], 1 / SAMPLE_RATE_HZ)
    return np.fft.irfft(spectrum * ((hz > 0.7 * low_hz) & (hz < 1.4 * high_hz)), noise.shape[-1])


def strike(
    samples: int,
    positions: Curve,
    levels: Curve,
    structure: Structure,
    random: np.random.Generator,
) -> Curve:
    """Blows at fractional sample `positions` (k,) with `levels` (k,), each at a random spot."""
    inside = (positions >= 0) & (positions < samples - 1)
    positions, levels = positions[inside], levels[inside]
    spots = random.integers(0, SPOTS, len(positions))
    if len(positions) * structure.responses.shape[1] < FEW:
        return _one_by_one(samples, positions, levels, structure.responses[spots])
    excitation = np.zeros((SPOTS, samples + 1), np.float32)
    whole = positions.astype(np.int64)
    part = positions - whole
    np.add.at(excitation, (spots, whole), levels * (1 - part))
    np.add.at(excitation, (spots, whole + 1), levels * part)
    return _through(excitation[:, :samples], structure.responses)


def _one_by_one(
    samples: int, positions: Curve, levels: Curve, responses: NDArray[np.float64]
) -> Curve:
    """Blows (k,) with the response (k, m) of each: cheaper than transforms where they are few."""
    length = responses.shape[1]
    sound = np.zeros(samples + length + 1)
    for position, level, response in zip(positions, levels, responses, strict=True):
        whole = int(position)
        part = position - whole
        sound[whole : whole + length] += level * (1 - part) * response
        sound[whole + 1 : whole + 1 + length] += level * part * response
    return sound[:samples]


def rub(excitation: Curve, structure: Structure) -> Curve:
    """A friction or flow force (n,) as the structure radiates it."""
    return _through(excitation[None], structure.responses[:1])


def _through(excitation: NDArray[np.floating], responses: NDArray[np.float64]) -> Curve:
    samples = excitation.shape[1]
    size = fast_size(samples + responses.shape[1] - 1)
    # 32 bits: twice as fast, and its rounding lies 120 dB down.
    spectrum = np.fft.rfft(excitation.astype(np.float32), size)
    spectrum *= np.fft.rfft(responses.astype(np.float32), size)
    sound: Curve = np.fft.irfft(spectrum.sum(axis=0), size)[:samples].astype(np.float64)
    return sound


def fast_size(least: int) -> int:
    """The smallest 2^a 3^b 5^c of at least `least`: other lengths cost the FFT several times."""
    best = 1 << (least - 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            size = three << max(0, (-(-least // three) - 1).bit_length())
            best = min(best, size) if size >= least else best
            three *= 3
        five *= 5
    return best
