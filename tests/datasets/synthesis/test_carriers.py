"""Golden spectra: what turns shows at the frequency that its speed demands."""

import numpy as np
import pytest

from tingzhen.datasets.synthesis.carrier import carrier_sound
from tingzhen.datasets.synthesis.draw_motion import draw_motion
from tingzhen.datasets.synthesis.electric import electric_sound
from tingzhen.datasets.synthesis.engine import engine_sound, firing_count
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Motion
from tingzhen.datasets.synthesis.road import road_sound


def steady(*, rpm=900.0, cylinders=4, powertrain="petrol", speed_kmh=0.0, duration_s=2.0):
    samples = int(duration_s * SAMPLE_RATE_HZ)
    seconds = np.arange(samples) / SAMPLE_RATE_HZ
    ones = np.ones(samples)
    return Motion(
        powertrain=powertrain,
        cylinders=cylinders,
        rpm=rpm * ones,
        crank_rev=rpm / 60 * seconds,
        speed_kmh=speed_kmh * ones,
        wheel_rev=speed_kmh / 3.6 / 2.0 * seconds,
        load=0.3 * ones,
        brake=0 * ones,
        warmth=1.0,
    )


def power_at(waveform, frequency_hz, width_hz=1.1):
    spectrum = np.abs(np.fft.rfft(waveform * np.hanning(len(waveform)))) ** 2
    axis = np.fft.rfftfreq(len(waveform), 1 / SAMPLE_RATE_HZ)
    return spectrum[np.abs(axis - frequency_hz) <= width_hz].max()


@pytest.mark.parametrize("cylinders", [3, 4, 5, 6, 8])
def test_the_strongest_low_line_is_the_firing_order(cylinders):
    motion = steady(rpm=900, cylinders=cylinders)
    firing_hz = 900 / 60 * cylinders / 2
    stronger = []
    for seed in range(3):
        sound = engine_sound(motion, np.random.default_rng(seed))
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
        axis = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ)
        band = (axis > 0.55 * firing_hz) & (axis < 1.45 * firing_hz)
        stronger.append(axis[band][np.argmax(spectrum[band])])
    assert np.median(stronger) == pytest.approx(firing_hz, abs=0.6)


def test_a_dead_cylinder_raises_the_half_orders():
    motion = steady(rpm=900, cylinders=4)
    gain = np.ones(firing_count(motion))
    gain[::4] = 0.0
    rises_db = []
    for seed in range(3):
        well = engine_sound(motion, np.random.default_rng(seed))
        ill = engine_sound(motion, np.random.default_rng(seed), cylinder_gain=gain)
        half, full = 900 / 60 / 2, 900 / 60 * 2
        rises_db.append(
            10 * np.log10(power_at(ill, half) / power_at(ill, full))
            - 10 * np.log10(power_at(well, half) / power_at(well, full))
        )
    assert np.median(rises_db) > 3  # some healthy engines are uneven themselves


def test_gains_of_one_leave_the_engine_as_it_is():
    motion = steady()
    well = engine_sound(motion, np.random.default_rng(5))
    same = engine_sound(
        motion, np.random.default_rng(5), cylinder_gain=np.ones(firing_count(motion))
    )
    np.testing.assert_array_equal(well, same)


def test_an_engine_off_is_silent_and_a_start_is_not():
    assert not engine_sound(steady(rpm=0), np.random.default_rng(0)).any()
    assert not engine_sound(steady(cylinders=0), np.random.default_rng(0)).any()
    assert firing_count(steady(cylinders=0)) == 0
    motion = draw_motion(
        np.random.default_rng(2), duration_s=6.0, manoeuvre="start", powertrain="petrol"
    )
    sound = engine_sound(motion, np.random.default_rng(0))
    cranking = (motion.rpm > 120) & (motion.rpm < 330)
    before = motion.rpm == 0
    assert sound[cranking].std() > 5 * sound[before][:800].std()


def test_the_inverter_has_side_bands_at_even_electrical_orders():
    """Around the carrier: twice the electrical frequency, which is pole pairs times the speed."""
    rpm = 3000.0
    motion = steady(rpm=rpm, cylinders=0, powertrain="electric", speed_kmh=40.0)
    found = 0
    for seed in range(12):
        sound = electric_sound(motion, np.random.default_rng(seed))
        power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
        axis = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ)
        lines = axis[(power > 1000 * np.median(power[axis > 3000])) & (axis > 3000)]
        for pole_pairs in (3, 4, 6, 8) if len(lines) else ():
            apart = 2 * pole_pairs * rpm / 60
            below, above = (
                np.abs(lines[:, None] + side - lines).min(0) for side in (-apart, apart)
            )
            # Motor orders are multiples of the shaft's 50 Hz; the carrier and its bands are not.
            own = np.abs(lines % (rpm / 60) - rpm / 120) < rpm / 120 - 3
            if ((below < 1.1) & (above < 1.1) & own).any():
                found += 1
                break
    assert found >= 2  # most carriers lie above what 16 kHz can hold


def test_a_motor_at_rest_has_no_tones_of_its_turning():
    sound = electric_sound(
        steady(rpm=0, cylinders=0, powertrain="electric"), np.random.default_rng(0)
    )
    assert np.isfinite(sound).all()
    assert sound.std() == pytest.approx(1.0, rel=0.05)


def test_tyres_grow_louder_with_speed_and_are_silent_at_rest():
    slow, fast = (
        road_sound(steady(speed_kmh=v), np.random.default_rng(1), inside=True).std()
        for v in (20.0, 35.0)
    )
    assert fast > 1.5 * slow
    assert not road_sound(steady(), np.random.default_rng(1), inside=True).any()


@pytest.mark.parametrize("powertrain", ["petrol", "diesel", "hybrid", "electric"])
def test_every_car_is_finite_and_as_loud_as_the_others(powertrain):
    motion = steady(
        powertrain=powertrain, cylinders=0 if powertrain == "electric" else 4, speed_kmh=40
    )
    sound = carrier_sound(motion, np.random.default_rng(3), inside=False)
    assert sound.dtype == np.float32
    assert sound.shape == (len(motion),)
    assert np.isfinite(sound).all()
    assert 0.5 < sound.std() < 30
