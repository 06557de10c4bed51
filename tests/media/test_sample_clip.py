"""The clip that Tingzhen makes itself: known as such, and what it claims to be."""

import numpy as np
import pytest

from tingzhen.media import Clip, read_clip
from tingzhen.media.sample_clip import DURATION_S, HEIGHT_PX, WIDTH_PX, write_sample_clip
from tingzhen.media.sample_sound import IDLE_RPM, RATE_HZ, idling_engine_with_knock


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("sample") / "sample.mp4"
    write_sample_clip(path)
    return read_clip(path)


def test_it_is_known_as_generated(sample: Clip) -> None:
    assert sample.generated
    assert sample.kind == "video"


def test_it_is_a_portrait_clip_with_sound_and_nothing_else_to_say_of_it(sample: Clip) -> None:
    assert sample.video is not None
    assert (sample.video.width, sample.video.height) == (WIDTH_PX, HEIGHT_PX)
    assert sample.duration_s == pytest.approx(DURATION_S, abs=0.1)
    assert sample.audio is not None
    assert [fact.code for fact in sample.quality] == ["generated_clip"]
    assert len(sample.frames) >= 3


def test_a_recording_is_not_taken_for_a_generated_clip(odd_files: dict) -> None:
    assert not read_clip(odd_files["iphone.mov"].path).generated


def test_the_knock_repeats_with_the_working_cycle() -> None:
    sound = idling_engine_with_knock(DURATION_S, np.random.default_rng(3))
    # Envelope above 700 Hz, where the knock rings and combustion does not.
    spectrum = np.fft.rfft(sound)
    spectrum[np.fft.rfftfreq(len(sound), 1 / RATE_HZ) < 700] = 0
    step = RATE_HZ // 200
    loud = np.abs(np.fft.irfft(spectrum, len(sound)))[: len(sound) // step * step]
    envelope = loud.reshape(-1, step).mean(axis=1)
    envelope = envelope - envelope.mean()
    repeats = np.correlate(envelope, envelope, "full")[len(envelope) :]
    cycle = 120 / IDLE_RPM * 200
    around = repeats[round(0.75 * cycle) : round(1.25 * cycle)]
    found = np.argmax(around) + round(0.75 * cycle) + 1
    assert found == pytest.approx(cycle, rel=0.04)


def test_the_same_seed_gives_the_same_sound() -> None:
    one, other, third = (
        idling_engine_with_knock(1.0, np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    assert np.array_equal(one, other)
    assert not np.array_equal(one, third)
