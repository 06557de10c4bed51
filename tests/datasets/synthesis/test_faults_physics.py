"""The rates at which faults sound are those of the part they come from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.datasets.synthesis.faults import MECHANISMS, cylinder_gain
from tingzhen.datasets.synthesis.faults.bearing import bearing_orders
from tingzhen.datasets.synthesis.faults.misfire import firing_count
from tingzhen.datasets.synthesis.faults.structure import draw_structure, fast_size, strike
from tingzhen.datasets.synthesis.faults.timing import bumps, turns
from tingzhen.datasets.synthesis.faults.tones import harmonics, noise, phase_of, puffs
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Motion


def constant(*, rpm=900.0, speed_kmh=0.0, duration_s=4.0, brake=0.0, load=0.5, warmth=0.0):
    samples = int(duration_s * SAMPLE_RATE_HZ)
    one = np.ones(samples)
    seconds = np.arange(samples) / SAMPLE_RATE_HZ
    return Motion(
        powertrain="petrol", cylinders=4, rpm=rpm * one, crank_rev=rpm / 60 * seconds,
        speed_kmh=speed_kmh * one, wheel_rev=speed_kmh / 3.6 / 2.0 * seconds,
        load=load * one, brake=brake * one, warmth=warmth,
    )  # fmt: skip


def beat_lines(waveform):
    """Spectrum of the envelope on a grid of Hz."""
    envelope = np.abs(waveform.astype(np.float64))
    envelope = envelope.reshape(-1, 40).mean(axis=1)
    spectrum = np.abs(np.fft.rfft((envelope - envelope.mean()) * np.hanning(len(envelope))))
    return np.fft.rfftfreq(len(envelope), 40 / SAMPLE_RATE_HZ), spectrum


def prominence(waveform, rate_hz):
    """The envelope's line at rate_hz over the median of lines below 4 times that rate."""
    hz, spectrum = beat_lines(waveform)
    near = spectrum[np.abs(hz - rate_hz) < 0.6].max()
    floor = np.median(spectrum[(hz > 0.3 * rate_hz) & (hz < 4 * rate_hz)])
    return near / floor


def mean_prominence(name, motion, rate_hz, seeds=range(6)):
    return np.mean([
        prominence(MECHANISMS[name].make(motion, np.random.default_rng(seed)).waveform, rate_hz)
        for seed in seeds
    ])  # fmt: skip


def test_rod_knock_strikes_at_the_crank_rate():
    motion = constant(rpm=900)
    assert mean_prominence("rod_knock", motion, 15.0) > 8
    assert mean_prominence("rod_knock", motion, 17.6) < 4


@pytest.mark.parametrize("name", ["lifter_tick", "manifold_tick", "dead_cylinder"])
def test_the_cam_turns_half_as_often_as_the_crank(name):
    assert mean_prominence(name, constant(rpm=1200), 10.0) > 8


def test_diesel_knock_repeats_each_second_turn_and_leak_puffs_at_each_firing():
    assert mean_prominence("diesel_knock", constant(rpm=1200), 10.0) > 5
    assert mean_prominence("leak_puffs", constant(rpm=1200), 40.0) > 8


def test_piston_slap_fades_as_the_piston_grows_warm():
    cold = MECHANISMS["piston_slap"].make(constant(warmth=0.0), np.random.default_rng(1))
    warm = MECHANISMS["piston_slap"].make(constant(warmth=1.0), np.random.default_rng(1))
    assert warm.parameters["relative_level"] < 0.2 < cold.parameters["relative_level"]


def test_ball_pass_orders_of_a_6205_bearing():
    """SKF 6205-2RS: nine balls of 7.94 mm on a pitch of 39.04 mm; the orders that the Case
    Western Reserve University Bearing Data Center publishes."""
    orders = bearing_orders(9, 7.94 / 39.04, 0.0)
    assert orders.outer == pytest.approx(3.5848, abs=2e-3)
    assert orders.inner == pytest.approx(5.4152, abs=2e-3)
    assert orders.cage == pytest.approx(0.39828, abs=2e-4)
    assert 2 * orders.ball == pytest.approx(4.7135, abs=4e-3)  # both races are struck


@given(st.integers(5, 20), st.floats(0.05, 0.35), st.floats(0, 45))
def test_each_ball_meets_one_race_or_the_other(balls, ratio, contact):
    orders = bearing_orders(balls, ratio, contact)
    assert orders.outer + orders.inner == pytest.approx(balls)
    assert orders.outer == pytest.approx(balls * orders.cage)


def test_a_bearing_rumbles_at_its_ball_pass_rate():
    motion = constant(rpm=2000, speed_kmh=72)
    found = []
    for seed in range(8):
        fault = MECHANISMS["wheel_bearing_rumble"].make(motion, np.random.default_rng(seed))
        rate = fault.parameters["events_per_wheel_turn"] * 10
        hz, spectrum = beat_lines(fault.waveform)
        near = spectrum[np.abs(hz - rate) < 1.5].max()
        found.append(near / np.median(spectrum[(hz > 20) & (hz < 200)]))
    assert np.median(found) > 1.8  # slip blurs the line, and much of it is rolling noise


def test_a_belt_chirps_at_the_turn_of_belt_or_pulley():
    motion = constant(rpm=900)
    found = []
    for seed in range(6):
        fault = MECHANISMS["belt_chirp"].make(motion, np.random.default_rng(seed))
        rate = fault.parameters["turns_per_crank"] * 15
        found.append(prominence(fault.waveform, rate))
    assert np.median(found) > 5


def test_a_warped_disc_grinds_once_a_wheel_turn():
    assert mean_prominence("brake_grind", constant(speed_kmh=36, brake=0.6), 5.0) > 3


def test_brake_squeal_is_silent_without_the_brake():
    fault = MECHANISMS["brake_squeal"].make(constant(speed_kmh=30), np.random.default_rng(0))
    assert not fault.waveform.any()
    assert fault.events == ()


def test_spark_knock_rings_at_the_first_bore_mode():
    for seed in range(5):
        fault = MECHANISMS["spark_knock"].make(
            constant(rpm=2500, load=0.9), np.random.default_rng(seed)
        )
        first = fault.parameters["first_mode_hz"]
        assert 5000 < first < 8500
        spectrum = np.abs(np.fft.rfft(fault.waveform)) ** 2
        hz = np.fft.rfftfreq(len(fault.waveform), 1 / SAMPLE_RATE_HZ)
        assert spectrum[hz > 4500].sum() > 0.15 * spectrum.sum()


def test_a_starter_is_pressed_at_each_compression():
    motion = constant(rpm=0)
    rates = []
    for seed in range(8):
        fault = MECHANISMS["crank_no_fire"].make(motion, np.random.default_rng(seed))
        rate = fault.parameters["crank_rpm"] / 60 * 2
        hz, spectrum = beat_lines(fault.waveform)
        near = spectrum[np.abs(hz - rate) < 1.0].max()
        rates.append(near / np.median(spectrum[(hz > 2) & (hz < 30)]))
    assert np.median(rates) > 2.5


def test_an_unplugged_coil_takes_every_fourth_firing():
    motion = constant(rpm=900)
    dead = 0
    for seed in range(40):
        gain = cylinder_gain(motion, np.random.default_rng(seed))
        assert gain.shape == (firing_count(motion),)
        assert np.isfinite(gain).all()
        assert (gain >= 0).all()
        missing = np.flatnonzero(gain < 0.2)
        dead += len(missing) > 5 and bool((np.diff(missing) == 4).all())
    assert dead > 10  # the commonest kind


def test_turns_are_found_between_samples_in_both_directions():
    phase = np.linspace(0.0, 10.0, 1001)
    forward = turns(phase, 1.0, 0.5)
    assert forward == pytest.approx(50 + 100 * np.arange(10), abs=1e-6)
    assert len(turns(-phase, 1.0, 0.5)) == 10


def test_rear_wheels_meet_the_bump_a_wheelbase_later():
    motion = constant(speed_kmh=36, duration_s=20)
    where = bumps(motion, np.random.default_rng(5), per_s=0.5)
    gaps_m = np.diff(where) / SAMPLE_RATE_HZ * 10
    assert ((gaps_m > 2.39) & (gaps_m < 2.91)).sum() >= 2


def test_harmonics_stand_at_their_orders_and_do_not_fold():
    phase = phase_of(np.full(16_000, 500.0))
    sound = harmonics(phase, np.ones(40), np.random.default_rng(0))
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    lines = np.flatnonzero(spectrum > 0.2 * spectrum.max())
    assert set(np.round(lines / 500).astype(int)) == set(range(1, 16))


def test_few_blows_one_by_one_sound_like_many_at_once():
    random = np.random.default_rng(0)
    part = draw_structure(random, 200, 5000)
    where, levels = np.sort(random.uniform(0, 15_000, 20)), random.uniform(0.5, 1, 20)
    few = strike(16_000, where, levels, part, np.random.default_rng(1))
    many = np.zeros(16_000)
    spots = np.random.default_rng(1).integers(0, 3, 20)
    for position, level, spot in zip(where, levels, spots, strict=True):
        whole, share = int(position), position - int(position)
        response = part.responses[spot]
        stop = min(16_000, whole + len(response))
        many[whole:stop] += level * (1 - share) * response[: stop - whole]
        stop = min(16_000, whole + 1 + len(response))
        many[whole + 1 : stop] += level * share * response[: stop - whole - 1]
    assert few == pytest.approx(many, abs=1e-9)


@given(st.integers(1, 300_000))
def test_fast_sizes_are_smooth_and_least(least):
    size = fast_size(least)
    assert least <= size <= max(2 * least, 1)
    for factor in (2, 3, 5):
        while size % factor == 0:
            size //= factor
    assert size == 1


def test_noise_lies_in_its_band_and_puffs_never_pull():
    sound = noise(32_000, np.random.default_rng(0), 1000, 2000)
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    assert spectrum[1400:5600].sum() > 0.7 * spectrum.sum()
    envelope = puffs(1000, np.array([10.0, 500.0]), np.array([1.0, 2.0]), 0.001, 0.004)
    assert envelope.min() >= 0
    assert envelope[520] > envelope[30] > 0
