"""Clips that are encoded, decoded and judged: the network sees red as a scratch, blue as a dent."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.odd.encode import encoder_missing, write_media, write_picture
from tests.vision.panels import colour_bundle, marked, panel, window
from tingzhen.media import read_clip
from tingzhen.vision import DamageFindings, DamageRecogniser

pytestmark = pytest.mark.skipif(
    bool(encoder_missing("libx264")), reason=encoder_missing("libx264") or "-"
)
FPS = 4
WIDE = panel(seed=2, height=360, width=960)


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> DamageRecogniser:
    return DamageRecogniser(colour_bundle(tmp_path_factory.mktemp("colours")))


def said(recogniser: DamageRecogniser, folder: Path, frames: list[np.ndarray]) -> DamageFindings:
    path = folder / "clip.mp4"
    write_media(path, frames=frames, fps=FPS, video_options={"crf": "18", "g": "4"})
    clip = read_clip(path)
    found = recogniser.recognise(clip.frames, poor=[fact.code for fact in clip.quality])
    assert bool(found.findings) == (found.verdict == "damaged")
    return found


def pan(scene: np.ndarray, seconds: float = 8.0) -> list[np.ndarray]:
    """The camera goes over the panel from left to right, half of the panel at a time."""
    return [window(scene, left) for left in np.linspace(0, 0.5, round(seconds * FPS))]


def test_two_marks_in_a_pan_are_two_findings(recogniser, tmp_path: Path) -> None:
    scene = marked(WIDE, (0.35, 0.4), (0.6, 0.7))
    found = said(recogniser, tmp_path, pan(scene))
    assert [finding.type for finding in found.findings] == ["scratch", "scratch"]
    for finding in found.findings:
        left = 0.5 * finding.time_s / 8.0  # where the camera was
        x, y, w, h = finding.box
        centre = (left + (x + w / 2) / 2, y + h / 2)
        true = min([(0.35, 0.4), (0.6, 0.7)], key=lambda mark: abs(mark[0] - centre[0]))
        assert centre == pytest.approx(true, abs=0.06)
        assert finding.frames >= 3
        start_s, end_s = finding.span_s
        assert start_s < finding.time_s <= end_s or start_s <= finding.time_s < end_s
    assert {round(finding.box[1] * 2) for finding in found.findings} == {1}


def test_marks_of_two_kinds_in_one_place_are_findings_of_two_kinds(recogniser, tmp_path) -> None:
    scene = marked(marked(WIDE, (0.45, 0.4)), (0.5, 0.45), colour="blue")
    found = said(recogniser, tmp_path, pan(scene, 5.0))
    assert sorted(finding.type for finding in found.findings) == ["dent", "scratch"]


def test_a_flash_in_one_blurred_frame_is_no_finding(recogniser, tmp_path: Path) -> None:
    frames = pan(WIDE)
    shown = marked(frames[12], (0.5, 0.5), radius=0.1)
    frames[12] = cv2.GaussianBlur(shown, (0, 0), 6)
    assert said(recogniser, tmp_path, frames).findings == ()


def test_a_mark_that_one_frame_shows_and_its_neighbours_do_not_is_in_doubt(
    recogniser, tmp_path: Path
) -> None:
    frames = pan(WIDE)
    frames[12:16] = [marked(frame, (0.5, 0.5), radius=0.05) for frame in frames[12:16]]
    found = said(recogniser, tmp_path, frames)
    assert (found.verdict, found.doubtful) == ("cannot_tell", ("scratch",))


def test_a_clean_panel_is_undamaged(recogniser, tmp_path: Path) -> None:
    assert said(recogniser, tmp_path, pan(WIDE, 4.0)).verdict == "undamaged"


def test_a_clip_half_blurred_is_judged_on_its_sharp_half(recogniser, tmp_path: Path) -> None:
    frames = pan(marked(WIDE, (0.5, 0.5)))
    frames[::2] = [cv2.GaussianBlur(frame, (0, 0), 12) for frame in frames[::2]]
    found = said(recogniser, tmp_path, frames)
    assert [finding.type for finding in found.findings] == ["scratch"]


def test_a_still_clip_says_what_its_photo_says(recogniser, tmp_path: Path) -> None:
    shown = window(marked(WIDE, (0.3, 0.4), (0.42, 0.7)), 0.1)
    write_picture(tmp_path / "photo.png", shown)
    photo = recogniser.recognise(read_clip(tmp_path / "photo.png").frames)
    clip = said(recogniser, tmp_path, [shown] * 12)
    assert [(f.type, f.box) for f in clip.findings] == [(f.type, f.box) for f in photo.findings]
    assert len(photo.findings) == 2
    assert [f.probability for f in clip.findings] == pytest.approx(
        [f.probability for f in photo.findings], abs=0.05
    )
