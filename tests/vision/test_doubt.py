"""The shipped bundle on recordings of which nothing can be told, from the file on."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.odd.encode import encoder_missing, write_media, write_picture
from tests.vision.panels import panel, window
from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.media import read_clip
from tingzhen.vision import DamageFindings, DamageRecogniser

SIZE = (480, 640)


def blobs(seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, (*SIZE, 3))
    soft = cv2.GaussianBlur(noise, (0, 0), 12)
    return (255 * (soft - soft.min()) / np.ptp(soft)).astype(np.uint8)


def text() -> np.ndarray:
    page = np.full((*SIZE, 3), 250, np.uint8)
    for line in range(14):
        cv2.putText(
            page, "The quick brown fox jumps over", (20, 30 + 32 * line), 0, 1, (20,) * 3, 2
        )
    return page


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8)


def dark() -> np.ndarray:
    return panel() // 6


def blurred() -> np.ndarray:
    return cv2.GaussianBlur(panel(), (0, 0), 14)


POOR = ("too dark or too blurred",)
STRANGE = ("unlike the vehicle photos", "No vehicle")  # which of the two is the network's matter
PICTURES: dict[str, tuple[Callable[[], np.ndarray], tuple[str, ...]]] = {
    "dark": (dark, POOR),
    "black": (lambda: np.zeros((*SIZE, 3), np.uint8), POOR),
    "blurred": (blurred, POOR),
    "white": (lambda: np.full((*SIZE, 3), 255, np.uint8), POOR),
    "noise": (noise, STRANGE),
    "coloured blobs": (blobs, POOR),
    "page of text": (text, STRANGE),
}


@pytest.fixture(scope="module")
def recogniser() -> DamageRecogniser:
    return DamageRecogniser(open_bundle(MODELS_DIR / "damage", "damage"))


def said(recogniser: DamageRecogniser, path: Path) -> DamageFindings:
    clip = read_clip(path)
    return recogniser.recognise(clip.frames, poor=[fact.code for fact in clip.quality])


@pytest.mark.parametrize("name", PICTURES)
def test_a_photo_that_shows_nothing_to_judge(recogniser, tmp_path: Path, name: str) -> None:
    draw, reasons = PICTURES[name]
    write_picture(tmp_path / "photo.png", draw())
    found = said(recogniser, tmp_path / "photo.png")
    assert found.verdict == "cannot_tell"
    assert any(reason in found.reasons[0].en for reason in reasons)
    assert found.findings == found.doubtful == ()


@pytest.mark.skipif(bool(encoder_missing("libx264")), reason="no H.264 encoder")
@pytest.mark.parametrize("name", ["dark", "blurred", "page of text"])
def test_a_clip_that_shows_nothing_to_judge(recogniser, tmp_path: Path, name: str) -> None:
    draw, reasons = PICTURES[name]
    wide = np.concatenate([draw()] * 2, axis=1)
    frames = [window(wide, left) for left in np.linspace(0, 0.5, 16)]
    write_media(tmp_path / "clip.mp4", frames=frames, fps=4)
    found = said(recogniser, tmp_path / "clip.mp4")
    assert found.verdict == "cannot_tell"
    assert any(reason in found.reasons[0].en for reason in reasons)


@pytest.mark.parametrize("draw", [text, lambda: panel(5), lambda: blobs(3), lambda: noise(2)])
def test_nothing_that_is_no_vehicle_is_called_damaged(recogniser, tmp_path: Path, draw) -> None:
    write_picture(tmp_path / "photo.png", draw())
    found = said(recogniser, tmp_path / "photo.png")
    assert found.verdict != "damaged"
    assert found.findings == ()
