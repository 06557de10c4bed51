import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.datasets.synthesis.draw_motion import POWERTRAINS, draw_manoeuvre, draw_motion
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ
from tingzhen.datasets.synthesis.speeds import MANOEUVRES


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    duration_s=st.floats(0.5, 8.0),
    manoeuvre=st.sampled_from(MANOEUVRES),
    powertrain=st.sampled_from(POWERTRAINS),
)
def test_a_motion_is_one_a_car_can_make(seed, duration_s, manoeuvre, powertrain):
    random = np.random.default_rng(seed)
    motion = draw_motion(random, duration_s=duration_s, manoeuvre=manoeuvre, powertrain=powertrain)
    samples = round(duration_s * SAMPLE_RATE_HZ)
    for curve in (motion.rpm, motion.crank_rev, motion.speed_kmh, motion.wheel_rev, motion.load):
        assert curve.shape == (samples,)
        assert curve.dtype == np.float64
        assert np.isfinite(curve).all()
    assert 0 <= motion.rpm.min() <= motion.rpm.max() < 16_000
    assert 0 <= motion.speed_kmh.min() <= motion.speed_kmh.max() <= 160
    for share in (motion.load, motion.brake):
        assert 0 <= share.min() <= share.max() <= 1
    assert (np.diff(motion.crank_rev) >= 0).all()
    assert (np.diff(motion.wheel_rev) >= 0).all()
    assert (motion.cylinders == 0) == (powertrain == "electric")


def test_revolutions_are_the_integral_of_the_speed():
    motion = draw_motion(np.random.default_rng(1), duration_s=4.0, manoeuvre="rev_up")
    turned = motion.crank_rev[-1] - motion.crank_rev[0]
    assert turned == pytest.approx(motion.rpm.mean() / 60 * 4.0, rel=1e-3)


def test_a_start_begins_at_rest_cranks_and_then_idles():
    motion = draw_motion(
        np.random.default_rng(2), duration_s=6.0, manoeuvre="start", powertrain="petrol"
    )
    assert motion.rpm[0] == 0
    cranking = (motion.rpm > 120) & (motion.rpm < 330)
    assert cranking.mean() > 0.03
    assert 500 < motion.rpm[-1] < 2200


def test_braking_slows_down_under_pressure():
    motion = draw_motion(np.random.default_rng(3), duration_s=6.0, manoeuvre="brake")
    assert motion.brake.max() > 0.2
    assert motion.speed_kmh[-1] < motion.speed_kmh[0]


def test_a_car_without_engine_is_not_revved():
    random = np.random.default_rng(4)
    drawn = {draw_manoeuvre(random, "electric") for _ in range(300)}
    assert not drawn & {"idle", "rev_up", "start", "stop"}
    assert draw_manoeuvre(random, "petrol", ("charging", "brake")) == "brake"
