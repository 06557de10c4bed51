"""When something happens along a motion: at each turn of a shaft, over bumps, now and then."""

import numpy as np

from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve, Motion


def turns(revolutions: Curve, per_revolution: float = 1.0, offset: float = 0.0) -> Curve:
    """Fractional sample positions (k,) at which revolutions (n,) * per_revolution + offset passes
    a whole number, in either direction."""
    phase = revolutions * per_revolution + offset
    whole = np.floor(phase)
    before = np.flatnonzero(np.diff(whole) != 0)
    step = phase[before + 1] - phase[before]
    target = np.maximum(whole[before], whole[before + 1])
    part: Curve = np.clip((target - phase[before]) / np.where(step == 0, 1.0, step), 0.0, 1.0)
    return before.astype(np.float64) + part


def at(curve: Curve, positions: Curve) -> Curve:
    """The curve (n,) read at fractional positions (k,)."""
    return curve[np.clip(positions.astype(np.int64), 0, len(curve) - 1)]


def jitter(
    motion_speed_hz: Curve, positions: Curve, share: float, random: np.random.Generator
) -> Curve:
    """Positions moved by a normal `share` of a turn at the speed (n,) of the shaft in Hz."""
    period = SAMPLE_RATE_HZ / np.maximum(at(motion_speed_hz, positions), 0.5)
    return positions + period * share * random.standard_normal(len(positions))


def uneven(count: int, spread_db: float, random: np.random.Generator) -> Curve:
    """Levels (count,): no two blows are the same. Normal in dB."""
    return 10 ** (random.normal(0.0, spread_db, count) / 20)


def drift(samples: int, random: np.random.Generator, period_s: float, depth: float) -> Curve:
    """A slow random curve (n,) around 1 with standard deviation depth, never below 0."""
    knots = max(3, int(samples / SAMPLE_RATE_HZ / period_s) + 3)
    x = np.linspace(-1, samples, knots)
    return np.maximum(
        0.0, np.interp(np.arange(samples), x, 1 + depth * random.standard_normal(knots))
    )


def spells(
    samples: int,
    random: np.random.Generator,
    *,
    length_s: tuple[float, float],
    gap_s: tuple[float, float],
    edge_s: float = 0.03,
) -> Curve:
    """A curve (n,) that is 1 for spells of length_s, 0 for gaps of gap_s, with raised edges of
    edge_s. At least one spell lies in the clip, however short it is."""  # fmt: skip
    total_s = samples / SAMPLE_RATE_HZ
    x, y = [-1.0], [0.0]
    clock_s = float(random.uniform(0.0, max(0.0, min(gap_s[1], 0.4 * total_s))))
    while clock_s < total_s:
        length = float(random.uniform(*length_s))
        rise = min(edge_s, length / 3)
        level = float(random.uniform(0.6, 1.0))
        x += [clock_s, clock_s + rise, clock_s + length - rise, clock_s + length]
        y += [0.0, level, level, 0.0]
        clock_s += length + float(random.uniform(*gap_s))
    return np.interp(np.arange(samples) / SAMPLE_RATE_HZ, x, y)


def bumps(motion: Motion, random: np.random.Generator, *, per_s: float) -> Curve:
    """Positions (k,) of bumps. Rolling: road irregularities come as a Poisson process, of both
    axles, the second a wheelbase of 2.4 to 2.9 m later. Standing: somebody rocks the body or turns
    the wheel, 1 to 4 times a second, as on clips of a garage."""
    samples = len(motion)
    duration_s = motion.duration_s
    positions: Curve
    speed_m_s = np.abs(motion.speed_kmh) / 3.6
    if float(speed_m_s.max()) < 0.3:
        period = SAMPLE_RATE_HZ / random.uniform(1.0, 4.0)
        count = max(1, int(samples / period))
        steps = period * random.uniform(0.6, 1.4, count)
        first = random.uniform(0.02, 0.5) * min(period, samples)
        positions = first + np.r_[0.0, np.cumsum(steps)[:-1]]
    else:
        count = max(1, int(random.poisson(per_s * duration_s)))
        at_s = np.sort(random.uniform(0.02 * samples, 0.95 * samples, count))
        at_s = at_s[at(speed_m_s, at_s) > 0.3]
        lag = random.uniform(2.4, 2.9) / np.maximum(at(speed_m_s, at_s), 0.5) * SAMPLE_RATE_HZ
        second = random.random(len(at_s)) < random.uniform(0.0, 0.8)
        positions = np.sort(np.r_[at_s, (at_s + lag)[second]])
    kept: Curve = positions[positions < samples - 2]
    return kept


def bounces(
    positions: Curve,
    random: np.random.Generator,
    *,
    count: tuple[int, int],
    gap_s: tuple[float, float],
    decay: float = 0.6,
) -> tuple[Curve, Curve]:
    """Each blow as a short row of blows that come closer and grow weaker, as a loose part that
    bounces between its stops. Positions and levels, both (k * count at most,)."""  # fmt: skip
    times, levels = [], []
    for start, strength in zip(positions, uneven(len(positions), 5.0, random), strict=True):
        number = int(random.integers(count[0], count[1] + 1))
        gaps = random.uniform(*gap_s) * 0.8 ** np.arange(number) * random.uniform(0.6, 1.4, number)
        times.append(start + np.r_[0.0, np.cumsum(gaps)[:-1]] * SAMPLE_RATE_HZ)
        levels.append(strength * decay ** np.arange(number) * uneven(number, 2.5, random))
    if not times:
        return np.empty(0), np.empty(0)
    return np.concatenate(times), np.concatenate(levels)
