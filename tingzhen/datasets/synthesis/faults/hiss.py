"""Gas through a small gap: noise, strongest where the jet's Strouhal number is near 0.2.

Peak at f = 0.2 u / d: at u of 100 to 330 m/s and gaps d of 2 to 20 mm, 1 to 8 kHz and above
(Lighthill; Howe, Acoustics of Fluid-Structure Interactions, 1998; Norton, Karczub 2003).
"""

import numpy as np

from tingzhen.datasets.synthesis.faults.mechanism import (
    ALL,
    COMBUSTION,
    FaultSound,
    Mechanism,
    fault_sound,
)
from tingzhen.datasets.synthesis.faults.shafts import firings_per_rev, running, share_of_top
from tingzhen.datasets.synthesis.faults.structure import draw_structure, log_uniform, rub, uniform
from tingzhen.datasets.synthesis.faults.timing import drift, spells
from tingzhen.datasets.synthesis.faults.tones import noise, phase_of
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve, Motion

RUNNING = ("idle", "rev_up", "steady", "accelerate")


def _jet(
    motion: Motion, random: np.random.Generator, low: float = 700, high: float = 5000
) -> Curve:
    """Jet noise (n,) with a broad peak, sometimes whistling weakly at a lip of the gap."""
    peak = log_uniform(random, low, high)
    sound = noise(
        len(motion), random, peak * uniform(random, 0.4, 0.9), min(7900, peak * 3),
        uniform(random, -4, 3), order=1,
    )  # fmt: skip
    if random.random() < 0.4:
        lip = draw_structure(random, peak, min(7800, 2 * peak), modes=(1, 3), damping=(0.003, 0.03))
        whistle = rub(sound, lip)
        sound = sound + uniform(random, 0.3, 1.5) * whistle / (np.std(whistle) + 1e-9)
    return sound * drift(len(motion), random, 0.2, uniform(random, 0.02, 0.25))


def vacuum_leak(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A torn intake hose sucks air: strongest at idle and on the overrun, where the manifold is 40
    to 70 kPa below the air, pulsing with the intake strokes (Heywood 2018, ch. 7)."""
    vacuum = np.clip(1 - motion.load, 0, 1) ** uniform(random, 0.5, 1.5)
    pulse = 1 + uniform(random, 0.05, 0.6) * np.cos(
        2 * np.pi * firings_per_rev(motion) * motion.crank_rev
    )
    return fault_sound(_jet(motion, random) * vacuum * pulse * running(motion))


def aircon_hiss(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A refrigerant short of charge or a sticking expansion valve: two-phase flow hisses and
    gurgles, in spells, and fades over 2 to 20 s after the compressor stops (Rodarte et al.,
    noise of expansion devices, ACRC reports, 1999)."""
    gurgle = uniform(random, 3, 20)
    bubbles = 1 + uniform(random, 0.1, 0.9) * np.clip(
        noise(len(motion), random, 0.5, gurgle), -1, 2
    )
    valve = (
        spells(len(motion), random, length_s=(0.8, 6), gap_s=(0.3, 2), edge_s=0.2)
        if random.random() < 0.6
        else np.exp(-np.arange(len(motion)) / SAMPLE_RATE_HZ / log_uniform(random, 2, 20))
    )
    sound = _jet(motion, random, 1500, 6000) * np.clip(bubbles, 0, None) * valve
    return fault_sound(sound, gurgle_hz=gurgle)


def boost_leak(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A split charge-air hose blows as boost of 0.3 to 1.5 bar builds with load and speed
    (Heywood 2018, ch. 6)."""
    boost = np.clip(motion.load, 0, 1) * motion.rpm / 3000
    coarse = np.convolve(np.pad(boost[::160], (25, 0), mode="edge"), np.ones(26) / 26, "valid")
    smooth = np.interp(np.arange(len(motion)), np.arange(len(coarse)) * 160, coarse)
    power = share_of_top(smooth) ** uniform(random, 1.0, 2.5)
    return fault_sound(_jet(motion, random, 500, 4000) * power * running(motion))


def tyre_leak(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Air escapes at 2 to 3 bar through a nail hole or valve: choked flow, steady, 2 to 8 kHz;
    rolling, once a wheel turn as the hole meets the road."""
    turn = 1 - uniform(random, 0.2, 0.9) * (0.5 + 0.5 * np.cos(2 * np.pi * motion.wheel_rev))
    moving = np.clip(np.abs(motion.speed_kmh) / 3, 0, 1)
    gate = 1 - moving * (1 - turn)
    return fault_sound(_jet(motion, random, 2000, 7000) * gate)


def brake_booster_hiss(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A leaking booster diaphragm hisses while the pedal is pressed (Breuer, Bill, Brake
    Technology Handbook, 2008). Without braking in the motion the driver pumps the pedal."""
    pedal = np.clip(motion.brake * 4, 0, 1)
    if float(pedal.max()) < 0.05:
        pedal = spells(len(motion), random, length_s=(0.5, 3), gap_s=(0.4, 2), edge_s=0.08)
    return fault_sound(_jet(motion, random, 900, 4500) * pedal)


def coolant_steam(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Boiling coolant blows off past a cap or split hose: a hiss that swells and sputters as
    droplets flash (Brennen 2014)."""
    sputter = np.abs(noise(len(motion), random, 1, log_uniform(random, 8, 60)))
    mix = uniform(random, 0.1, 0.7)
    return fault_sound(_jet(motion, random, 1000, 5000) * (1 - mix + mix * sputter))


def cooling_fan_rush(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A blocked or seized fan rushes at full speed: broadband air noise of 0.3 to 4 kHz with blade
    rate, 1500 to 3000 rpm of 7 to 11 blades (Wang 2010, cooling fan noise)."""
    blade_hz = uniform(random, 1500, 3000) / 60 * float(random.integers(7, 12))
    phase = phase_of(blade_hz * drift(len(motion), random, 1.0, 0.01))
    rush = noise(len(motion), random, 300, log_uniform(random, 2500, 7000), uniform(random, -4, 0))
    return fault_sound(
        rush * (1 + uniform(random, 0.05, 0.4) * np.cos(2 * np.pi * phase)), blade_hz=blade_hz
    )


HISSES = (
    Mechanism("vacuum_leak", "hiss", COMBUSTION, RUNNING, vacuum_leak),
    Mechanism("aircon_hiss", "hiss", ALL, ("idle", "parked", "stop", "charging"), aircon_hiss),
    Mechanism("boost_leak", "hiss", COMBUSTION, ("rev_up", "accelerate"), boost_leak),
    Mechanism("tyre_leak", "hiss", ALL, ("parked", "charging"), tyre_leak),
    Mechanism(
        "brake_booster_hiss", "hiss", COMBUSTION, ("brake", "idle", "parked"), brake_booster_hiss
    ),
    Mechanism("coolant_steam", "hiss", COMBUSTION, ("idle", "parked", "stop"), coolant_steam),
    Mechanism(
        "cooling_fan_rush", "hiss", ALL, ("idle", "parked", "charging"), cooling_fan_rush
    ),
)  # fmt: skip
