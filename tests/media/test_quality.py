"""Quality facts on sound and pictures of known level, and on real phone clips where present."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tingzhen.media import QUALITY, Clip, Frame, quality_fact, read_clip
from tingzhen.media.picture import grey_small, sharpness
from tingzhen.media.quality import assess

RNG = np.random.default_rng(7)
TIME_S = np.arange(10 * 16_000) / 16_000


def codes(
    wave: NDArray | None = None, pictures: list[NDArray] | None = None, seconds: float = 10.0
) -> list[str]:
    frames = tuple(
        Frame(rgb, float(k), sharpness(grey_small(rgb))) for k, rgb in enumerate(pictures or [])
    )
    kind = "video" if pictures else "audio"
    sound = None if wave is None else wave.astype(np.float32)
    clip = Clip("c", "0" * 64, 1, kind, seconds, None, None, sound, frames)
    return [fact.code for fact in assess(clip).quality]


def engine(level: float = 0.1) -> NDArray:
    """Firing pulses at 26 Hz with harmonics, and some hiss: an idle."""
    pulses = sum(np.sin(2 * np.pi * 26 * k * TIME_S) / k for k in range(1, 30))
    return level * (pulses / 3 + 0.1 * RNG.standard_normal(len(TIME_S)))


def texture(level: int = 128) -> NDArray[np.uint8]:
    noise = RNG.integers(0, 255, (270, 480, 3)).astype(np.uint8)
    return np.asarray(np.clip(cv2.GaussianBlur(noise, (5, 5), 0) * (level / 128), 0, 255), np.uint8)


def test_a_good_recording_has_no_fault() -> None:
    assert codes(engine(), [texture()]) == []


@pytest.mark.parametrize(
    ("code", "wave"),
    [
        ("too_quiet", engine(1e-4)),
        ("too_quiet", np.zeros(160_000)),
        ("clipped", np.clip(engine(3.0), -1, 1)),
        ("wind", np.cumsum(RNG.standard_normal(160_000)) / 1000),
    ],
)
def test_faults_of_sound(code: str, wave: NDArray) -> None:
    found = codes(np.clip(wave - wave.mean(), -1, 1), [texture()])
    assert code in found


def test_faults_of_the_picture() -> None:
    assert codes(engine(), [texture(12)]) == ["too_dark"]
    assert codes(engine(), [cv2.GaussianBlur(texture(), (0, 0), 9)]) == ["blurred"]


def test_missing_tracks_and_short_clips() -> None:
    assert codes(None, [texture()]) == ["no_audio_track"]
    assert codes(engine()) == ["no_video_track"]
    assert codes(engine()[:16_000], [texture()], seconds=1.0) == ["too_short"]


def test_each_fact_has_advice_in_both_languages() -> None:
    for code in QUALITY:
        fact = quality_fact(code)
        assert fact.message.zh != fact.message.en
        assert fact.advice.zh != fact.advice.en


def test_real_phone_clips_that_a_person_can_judge_are_not_called_windy_or_quiet(
    data_dir: Path,
) -> None:
    paths = sorted((data_dir / "video").glob("*engine_*.mp4"))
    assert paths
    for path in paths:
        found = {fact.code for fact in read_clip(path).quality}
        assert not found & {"wind", "too_quiet", "too_dark", "blurred", "too_short"}, path.name
