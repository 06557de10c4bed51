"""Where the phone is held: the way from the car to it, as an impulse response or as a pass-by.

Decay times: cabins 0.04 to 0.12 s (Granier et al., AES 1996; cars are very dry), garages 0.4 to
1.6 s at 500 Hz (ISO 3382-2 rooms with hard walls), streets 0.1 to 0.5 s with strong single
reflections from walls (Kang, Urban Sound Environment). High frequencies decay faster.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from tingzhen.datasets.synthesis.filters import Wave, fast_length, gains, spectrum, waveform
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve, Motion

Place = Literal["cabin", "bonnet", "garage", "street", "pass_by"]
PLACES: tuple[Place, ...] = get_args(Place)
_SOUND_M_S = 343.0


@dataclass(frozen=True, slots=True)
class _Kind:
    decay_s: tuple[float, float]
    reflections: tuple[int, int]
    delay_ms: tuple[float, float]
    late_db: tuple[float, float]  # late sound beside the direct one
    treble_db: tuple[float, float]  # at 8 kHz beside 500 Hz, on the direct way


_KINDS: dict[Place, _Kind] = {
    "cabin": _Kind((0.04, 0.12), (6, 16), (1, 10), (-15, -3), (-35, -12)),
    "bonnet": _Kind((0.03, 0.12), (3, 10), (0.5, 8), (-25, -8), (-6, 3)),
    "garage": _Kind((0.3, 1.4), (6, 16), (3, 40), (-14, 0), (-10, 2)),
    "street": _Kind((0.08, 0.5), (1, 6), (5, 60), (-20, -8), (-10, 2)),
    "pass_by": _Kind((0.08, 0.5), (1, 4), (5, 60), (-22, -10), (-12, 0)),
}


def draw_place(motion: Motion | None, random: np.random.Generator) -> Place:
    """Where a car that moves like this is filmed from; anywhere without a car."""
    if motion is None:
        shares = [0.1, 0.3, 0.25, 0.35, 0.0]
    elif motion.speed_kmh.max() < 1:
        shares = [0.15, 0.45, 0.2, 0.2, 0.0]
    else:
        shares = [0.65, 0.0, 0.05, 0.1, 0.2]
    return PLACES[int(random.choice(len(PLACES), p=shares))]


def impulse_response(place: Place, random: np.random.Generator) -> Wave:
    """Direct sound at sample 0, early reflections, a decaying late part; float32, energy 1."""
    kind = _KINDS[place]
    decay_s = random.uniform(*kind.decay_s)
    samples = max(512, int(1.1 * decay_s * SAMPLE_RATE_HZ))
    at_s = np.arange(samples) / SAMPLE_RATE_HZ
    length = fast_length(samples)
    late = np.zeros(samples)
    for low_hz, high_hz, shorter in ((80, 700, 1.0), (700, 2800, 0.85), (2800, 8000, 0.5)):
        band = gains(length, [low_hz / 1.5, low_hz, high_hz, high_hz * 1.5], [-40, 0, 0, -40])
        bins = random.standard_normal(2 * len(band), dtype=np.float32).view(np.complex64) * band
        late += waveform(bins, length, samples) * np.exp(-6.9 * at_s / (decay_s * shorter))
    late[: int(0.001 * SAMPLE_RATE_HZ * random.uniform(1, 5))] = 0
    late *= 10 ** (random.uniform(*kind.late_db) / 20) / np.sqrt(np.sum(late**2) + 1e-12)
    response = late
    response[0] += 1.0
    count = int(random.integers(kind.reflections[0], kind.reflections[1] + 1))
    delays = (random.uniform(*kind.delay_ms, count) / 1000 * SAMPLE_RATE_HZ).astype(np.int64)
    # Surfaces are small and rough: each gives back a little, the more the nearer the phone is.
    strengths = random.uniform(0.1, 1.0, count) * random.choice([-1.0, 1.0], count)
    strengths *= random.uniform(0.05, 0.6) / np.sqrt(np.sum(strengths**2))
    np.add.at(response, delays.clip(1, samples - 1), strengths)
    response /= np.sqrt(np.sum(response**2))
    return _with_treble(response.astype(np.float32), random.uniform(*kind.treble_db))


def _with_treble(response: Wave, treble_db: float) -> Wave:
    """Absorption on the way, bent from 700 Hz on."""
    samples = len(response)
    length = fast_length(samples)
    shape = gains(length, [700, 8000], [0, treble_db])
    return waveform(spectrum(response, length) * shape, length, samples)


def passing(
    waves: list[Wave], speed_kmh: Curve, random: np.random.Generator
) -> tuple[list[Wave], dict[str, float]]:
    """A car goes by: Doppler shift and level of a point source (1 / distance, against the nearest)
    at 3 to 15 m. All `waves` come from the same car. Also gives the drawn geometry."""
    nearest_m = random.uniform(3, 15)
    duration_s = len(speed_kmh) / SAMPLE_RATE_HZ
    along_m = np.cumsum(speed_kmh) / 3.6 / SAMPLE_RATE_HZ
    nearest_s = random.uniform(0.3, 0.7) * duration_s
    along_m -= along_m[min(len(along_m) - 1, int(nearest_s * SAMPLE_RATE_HZ))]
    distance_m = np.sqrt(nearest_m**2 + along_m**2)
    # What is heard now left the car earlier; the nearest point keeps its time.
    late = (distance_m - nearest_m) / _SOUND_M_S * SAMPLE_RATE_HZ
    at = np.arange(len(speed_kmh), dtype=np.float64)
    source = np.clip(at - late, 0, len(at) - 1.001)
    first = source.astype(np.int64)
    part = (source - first).astype(np.float32)
    level = (nearest_m / distance_m).astype(np.float32)
    heard = [(w[first] * (1 - part) + w[first + 1] * part) * level for w in waves]
    return heard, {"nearest_m": float(nearest_m), "nearest_s": float(nearest_s)}
