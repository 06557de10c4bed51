"""Single blows and creaks of joints with play: suspension, driveline, doors.

Blows of worn joints: play of 0.2 mm and more is felt and heard (Heissing, Ersoy, Chassis Handbook,
2011). Sounds pass through arm and body: 80 to 2500 Hz.
"""

import numpy as np

from tingzhen.datasets.synthesis.faults.mechanism import (
    ALL,
    FaultSound,
    Mechanism,
    fault_sound,
)
from tingzhen.datasets.synthesis.faults.shafts import wheel_hz
from tingzhen.datasets.synthesis.faults.structure import (
    draw_structure,
    log_uniform,
    rub,
    strike,
    uniform,
)
from tingzhen.datasets.synthesis.faults.timing import (
    at,
    bounces,
    bumps,
    drift,
    jitter,
    spells,
    turns,
    uneven,
)
from tingzhen.datasets.synthesis.faults.tones import falling, harmonics, noise, phase_of, puffs
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve, Motion

ROUGH = ("bumps", "turn", "parked", "brake", "reverse")
ROCKED = ("parked", "idle", "bumps", "turn")
"""Standing too: on garage clips somebody rocks the body or turns the wheel, engine on or off."""


def ball_joint_clunk(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A worn ball joint meets its two stops as the wheel goes up and comes down: one to three
    blows, 20 to 120 ms apart, of 150 to 2000 Hz (Heissing, Ersoy 2011)."""
    where = bumps(motion, random, per_s=uniform(random, 0.6, 3))
    hits, levels = bounces(where, random, count=(1, 3), gap_s=(0.02, 0.12))
    arm = draw_structure(
        random, log_uniform(random, 100, 600), log_uniform(random, 1200, 7900),
        damping=(0.015, 0.10), contact_s=(0.0003, 0.002), diffuse_s=(0.004, 0.03),
    )  # fmt: skip
    return fault_sound(strike(len(motion), hits, levels, arm, random), bumps=len(where))


def strut_top_clunk(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A torn strut mount or loose damper: a deep hollow thud into the dome, 60 to 900 Hz, that the
    body carries on (Heissing, Ersoy 2011)."""
    where = bumps(motion, random, per_s=uniform(random, 0.5, 2))
    hits, levels = bounces(where, random, count=(1, 2), gap_s=(0.05, 0.2))
    dome = draw_structure(
        random, log_uniform(random, 50, 120), log_uniform(random, 400, 1500),
        damping=(0.02, 0.12), contact_s=(0.001, 0.005), diffuse_s=(0.01, 0.05),
    )  # fmt: skip
    return fault_sound(strike(len(motion), hits, levels, dome, random), bumps=len(where))


def stabiliser_link_clunk(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A loose stabiliser link taps hard and quickly, rows of two to seven blows over each
    unevenness, 300 to 5000 Hz (Heissing, Ersoy 2011)."""
    where = bumps(motion, random, per_s=uniform(random, 1, 5))
    hits, levels = bounces(where, random, count=(2, 7), gap_s=(0.012, 0.07), decay=0.75)
    link = draw_structure(
        random, log_uniform(random, 200, 1000), log_uniform(random, 2500, 7900),
        damping=(0.01, 0.07), contact_s=(0.00006, 0.0008),
    )  # fmt: skip
    return fault_sound(strike(len(motion), hits, levels, link, random), bumps=len(where))


def joint_creak(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A dry ball joint sticks and slips as it is moved: 40 to 500 slips a second, a
    creaking tone with many harmonics up to 8 kHz in bursts of 0.1 to 0.8 s at each stroke, its
    pitch following the stroke's speed (Sheng 2008; heard on most garage clips of worn
    front axles)."""
    samples = len(motion)
    if random.random() < 0.5:
        stroke = spells(samples, random, length_s=(0.08, 0.6), gap_s=(0.05, 0.9), edge_s=0.06)
    else:
        where = bumps(motion, random, per_s=uniform(random, 0.8, 3))
        width = log_uniform(random, 0.05, 0.25)
        stroke = puffs(samples, where, uneven(len(where), 4, random), width / 2, width / 2)
        stroke /= stroke.max() + 1e-9
    slip_hz = log_uniform(random, 40, 500)
    bend = uniform(random, 0.1, 0.8)
    rough = log_uniform(random, 0.005, 0.15)
    rate = slip_hz * (1 - bend + bend * stroke) * (1 + rough * noise(samples, random, 3, 80))
    hits = turns(phase_of(np.maximum(rate, 5)))
    levels = uneven(len(hits), uniform(random, 1, 6), random) * at(stroke, hits)
    arm = draw_structure(
        random, log_uniform(random, 200, 2000), log_uniform(random, 4500, 7900), modes=(5, 20),
        damping=(0.008, 0.08), contact_s=(0.00004, 0.0002),
    )  # fmt: skip
    sound = strike(samples, hits, levels, arm, random)
    scrub = rub(noise(samples, random, 300, 7900) * stroke, arm)
    scrub *= uniform(random, 0.0, 0.7) * np.abs(sound).max() / (np.abs(scrub).max() + 1e-9)
    return fault_sound(sound + scrub, slip_hz=slip_hz)


def bush_groan(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A worn rubber bush or dry damper mount groans as the body sinks and rises: stick-slip at 60
    to 900 Hz for 0.2 to 2 s a stroke, the pitch gliding with the stroke by up to an octave, its
    harmonics reaching 8 kHz (Sheng 2008; Trapp, Chen 2012: squeak of elastomers)."""
    samples = len(motion)
    stroke = spells(samples, random, length_s=(0.2, 2.0), gap_s=(0.1, 1.2), edge_s=0.15)
    hz = log_uniform(random, 60, 900)
    glide = 2 ** (uniform(random, -1, 1) * stroke) * drift(samples, random, 0.25, 0.12)
    rough = 1 + log_uniform(random, 0.002, 0.05) * noise(samples, random, 5, 120)
    tone = harmonics(
        phase_of(hz * glide * rough), falling(40, uniform(random, 0, 6), random), random
    )
    tone *= stroke * drift(samples, random, 0.06, uniform(random, 0.05, 0.6))
    arm = draw_structure(
        random, log_uniform(random, 200, 1500), log_uniform(random, 4500, 7900), modes=(6, 24),
        damping=(0.01, 0.1), diffuse=(0.1, 0.8),
    )  # fmt: skip
    sound = rub(tone / (np.std(tone) + 1e-9), arm)
    scrub = rub(noise(samples, random, 300, 7900) * stroke, arm)
    return fault_sound(sound + uniform(random, 0.02, 0.6) * scrub, slip_hz=hz)


def driveline_lash(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Play in joints, axle or gearbox is taken up as load comes or goes: one blow, sometimes two,
    at each change (Naunheimer et al. 2011, clonk). Where the motion's load hardly
    changes, the driver tips the pedal now and then."""
    step = SAMPLE_RATE_HZ // 50
    change = np.abs(np.diff(motion.load[::step], prepend=motion.load[0]))
    strong = np.flatnonzero(change > max(0.02, 0.5 * float(change.max(initial=0.0))))
    if len(strong):
        strong = strong[np.r_[True, np.diff(strong) > 12]]
        where: Curve = strong.astype(np.float64) * step
    else:
        where = random.uniform(0.05, 0.9, int(random.integers(1, 4))) * len(motion)
    hits, levels = bounces(where, random, count=(1, 2), gap_s=(0.04, 0.15))
    line = draw_structure(
        random, log_uniform(random, 70, 250), log_uniform(random, 700, 3500),
        damping=(0.008, 0.08), contact_s=(0.0004, 0.003), diffuse_s=(0.006, 0.04),
    )  # fmt: skip
    return fault_sound(strike(len(motion), hits, levels, line, random), changes=len(where))


def cv_joint_click(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A worn outer joint in a turn: its six balls pass the worn track ends, a row of clicks at one
    to six a wheel turn, uneven in level (Seherr-Thoss et al. 2006: six-ball joints)."""
    clicks = int(random.integers(1, 7))
    worn = 10 ** (random.normal(0, 5, clicks) / 20)
    hits = turns(motion.wheel_rev, clicks, uniform(random, 0, 1))
    turn = spells(len(motion), random, length_s=(1.5, 5), gap_s=(0.3, 2), edge_s=0.3)
    levels = worn[np.arange(len(hits)) % clicks] * uneven(len(hits), 3, random) * at(turn, hits)
    hits = jitter(clicks * wheel_hz(motion), hits, 0.04, random)
    axle = draw_structure(
        random, log_uniform(random, 250, 800), log_uniform(random, 2000, 6000),
        damping=(0.01, 0.07), contact_s=(0.0001, 0.0006),
    )  # fmt: skip
    return fault_sound(strike(len(motion), hits, levels, axle, random), clicks_per_turn=clicks)


def loose_door_knock(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A door, hatch or trim panel knocks on its seal or latch over bumps: soft blows of 80 to
    1500 Hz in short rows (Trapp, Chen, Automotive Buzz, Squeak and Rattle, 2012)."""
    where = bumps(motion, random, per_s=uniform(random, 0.8, 4))
    hits, levels = bounces(where, random, count=(1, 4), gap_s=(0.03, 0.12), decay=0.7)
    panel = draw_structure(
        random, log_uniform(random, 60, 200), log_uniform(random, 600, 2500),
        damping=(0.03, 0.15), contact_s=(0.0008, 0.004), diffuse_s=(0.005, 0.03),
    )  # fmt: skip
    return fault_sound(strike(len(motion), hits, levels, panel, random), bumps=len(where))


def spring_twang(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A strut bearing that does not turn winds up its coil spring, which jumps back as the wheel
    is steered: a twang with lightly damped coil modes of 60 to 1500 Hz that bend down (Heissing,
    Ersoy 2011)."""
    where = bumps(motion, random, per_s=uniform(random, 0.4, 1.5))
    spring = draw_structure(
        random, log_uniform(random, 60, 200), log_uniform(random, 500, 2500), modes=(5, 14),
        damping=(0.003, 0.03), contact_s=(0.0003, 0.002), diffuse=(0.0, 0.3),
    )  # fmt: skip
    sound = strike(len(motion), where, uneven(len(where), 4, random), spring, random)
    base_hz = log_uniform(random, 80, 300)
    envelope = puffs(len(motion), where, np.ones(len(where)), 0.003, uniform(random, 0.04, 0.2))
    bend = base_hz * (1 + uniform(random, 0, 0.3) * envelope / (envelope.max() + 1e-9))
    twang = harmonics(phase_of(bend), falling(10, 3, random), random) * envelope
    mix = uniform(random, 0, 0.8) * np.abs(sound).max() / (np.abs(twang).max() + 1e-9)
    return fault_sound(sound + mix * twang, jumps=len(where))


CLUNKS = (
    Mechanism("ball_joint_clunk", "clunk", ALL, ROCKED, ball_joint_clunk),
    Mechanism("strut_top_clunk", "clunk", ALL, ROUGH, strut_top_clunk),
    Mechanism("stabiliser_link_clunk", "clunk", ALL, ROUGH, stabiliser_link_clunk),
    Mechanism("joint_creak", "clunk", ALL, ROCKED, joint_creak),
    Mechanism("bush_groan", "clunk", ALL, ROCKED, bush_groan),
    Mechanism("driveline_lash", "clunk", ALL, ("accelerate", "reverse", "brake"), driveline_lash),
    Mechanism("cv_joint_click", "clunk", ALL, ("turn",), cv_joint_click),
    Mechanism("loose_door_knock", "clunk", ALL, ("bumps",), loose_door_knock),
    Mechanism("spring_twang", "clunk", ALL, ROCKED, spring_twang),
)
