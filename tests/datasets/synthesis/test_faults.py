"""Every mechanism: repeatable, finite, within its clip, heard where it says that it is."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.datasets.synthesis import faults
from tingzhen.datasets.synthesis.draw_motion import draw_motion
from tingzhen.datasets.synthesis.faults import MECHANISMS
from tingzhen.datasets.synthesis.faults.mechanism import fault_sound, find_heard
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ
from tingzhen.datasets.synthesis.speeds import MANOEUVRES

DOCS = Path(__file__).parents[3] / "docs" / "synthesis.md"
FITTING = [
    (name, manoeuvre)
    for name, mechanism in MECHANISMS.items()
    for manoeuvre in mechanism.manoeuvres[:1]
]


def _motion(name, manoeuvre, seed, duration_s=2.0):
    unlike = {"electric"} if manoeuvre in {"idle", "rev_up", "start", "stop"} else set()
    powertrain = sorted(MECHANISMS[name].powertrains - unlike)[-1]
    random = np.random.default_rng(seed)
    return draw_motion(random, duration_s=duration_s, manoeuvre=manoeuvre, powertrain=powertrain)


def test_every_fault_type_has_mechanisms():
    assert len(MECHANISMS) >= 35
    assert {m.type for m in MECHANISMS.values()} == set(FAULT_NOISES)
    for name, mechanism in MECHANISMS.items():
        assert name == mechanism.name
        assert set(mechanism.manoeuvres) <= set(MANOEUVRES)
        assert mechanism.powertrains <= {"petrol", "diesel", "hybrid", "electric"}
        assert inspect.getdoc(mechanism.make), name


@pytest.mark.parametrize(("name", "manoeuvre"), FITTING)
def test_a_mechanism_is_heard_in_its_manoeuvre_and_repeats(name, manoeuvre):
    motion = _motion(name, manoeuvre, seed=3)
    one, again = (MECHANISMS[name].make(motion, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one.waveform, again.waveform)
    assert one.parameters == again.parameters
    assert one.waveform.dtype == np.float32
    assert one.waveform.shape == (len(motion),)
    assert np.isfinite(one.waveform).all()
    assert np.abs(one.waveform).max() == pytest.approx(1, abs=1e-3)
    assert one.events
    assert all(isinstance(value, (int, float)) for value in one.parameters.values())
    other = MECHANISMS[name].make(motion, np.random.default_rng(8))
    assert not np.array_equal(one.waveform, other.waveform)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(MECHANISMS)),
    manoeuvre=st.sampled_from(MANOEUVRES),
    duration_s=st.floats(1.0, 2.5),
    seed=st.integers(0, 2**31),
)
def test_any_mechanism_bears_any_motion(name, manoeuvre, duration_s, seed):
    random = np.random.default_rng(seed)
    motion = draw_motion(random, duration_s=duration_s, manoeuvre=manoeuvre)
    fault = MECHANISMS[name].make(motion, random)
    assert fault.waveform.shape == (len(motion),)
    assert np.isfinite(fault.waveform).all()
    peak = np.abs(fault.waveform).max()
    assert peak == 0 or peak == pytest.approx(1, abs=1e-3)
    assert bool(fault.events) == bool(peak)
    edges = [edge for event in fault.events for edge in event]
    assert edges == sorted(edges)
    assert all(0 <= edge <= motion.duration_s for edge in edges)


def test_what_lies_outside_the_events_is_faint():
    motion = _motion("brake_squeal", "brake", seed=1, duration_s=4.0)
    fault = MECHANISMS["brake_squeal"].make(motion, np.random.default_rng(2))
    outside = np.ones(len(motion), bool)
    for start_s, end_s in fault.events:
        outside[int(start_s * SAMPLE_RATE_HZ) : int(end_s * SAMPLE_RATE_HZ) + 1] = False
    assert np.abs(fault.waveform[outside]).max(initial=0) < 0.2


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=3000))
def test_events_of_any_sound_lie_in_it_and_do_not_touch(values):
    waveform = np.array(values, np.float32)
    events = find_heard(waveform)
    edges = [edge for event in events for edge in event]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(values) / SAMPLE_RATE_HZ for edge in edges)


def test_a_silent_sound_has_no_events_and_broken_numbers_become_silence():
    assert fault_sound(np.zeros(100)).events == ()
    assert np.isfinite(fault_sound(np.array([np.nan, 1.0, np.inf])).waveform).all()


def test_every_mechanism_is_documented_in_its_row():
    text = DOCS.read_text(encoding="utf-8")
    missing = [
        name
        for name, mechanism in MECHANISMS.items()
        if f"| `{name}` | {mechanism.type} |" not in text
    ]
    assert not missing


def test_the_package_needs_numpy_only():
    folder = Path(faults.__file__).parent
    for module in folder.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                first = name.split(".")[0]
                assert first in {"tingzhen", "numpy", "collections", "dataclasses", "typing"}, name
