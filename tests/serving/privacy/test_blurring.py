"""Faces and plates in pictures. Real ones are development data; what is drawn here is a plate as a
sign shop would paint it."""

import csv
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.serving.clips.conftest import Here, Open
from tingzhen.serving.clips.files import hidden_in
from tingzhen.serving.privacy import Hidden, blur, hidden_places
from tingzhen.serving.privacy.boxes import grown, overlap
from tingzhen.serving.privacy.shown import covers, keep_hidden, kept_hidden
from tingzhen.serving.records import ClipFrame, ClipRecord


def pictures(source: str) -> list[NDArray[np.uint8]]:
    """Of the development data; skips where there are none."""
    folder = Path(os.environ.get("TINGZHEN_DATA", "data")) / "vision"
    if not (folder / "manifest.csv").is_file():
        pytest.skip("no development data (TINGZHEN_DATA)")
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        paths = [row["path"] for row in csv.DictReader(file) if row["source"] == source]
    return [cv2.imread(str(folder / path))[:, :, ::-1] for path in sorted(paths)[:24]]


def test_plates_are_found_in_close_ups() -> None:
    """More than half of these 24; docs/privacy.md gives the figure for all."""
    found = [hidden_places(rgb) for rgb in pictures("yoavmai_plates")]
    assert sum(any(place.what == "plate" for place in places) for places in found) >= 12


def test_little_is_blurred_where_nobody_and_no_plate_is() -> None:
    found = [hidden_places(rgb) for rgb in pictures("awaissabit_engine_frames")]
    assert sum(bool(places) for places in found) <= 2


@pytest.mark.parametrize("size", [(40, 60), (1, 1), (9, 1000), (720, 405)])
def test_pictures_of_any_size_are_looked_at(size: tuple[int, int]) -> None:
    rgb = np.full((*size, 3), 90, np.uint8)
    assert hidden_places(rgb) == []


@pytest.mark.parametrize("what", ["face", "plate"])
def test_a_blurred_place_keeps_few_squares_and_the_rest_stays(what: str) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    result = blur(rgb, [Hidden(what, (0.25, 0.25, 0.5, 0.5))])  # type: ignore[arg-type]
    inside = np.zeros((200, 300), bool)
    inside[50:150, 75:225] = True
    np.testing.assert_array_equal(result[~inside], rgb[~inside])
    assert np.abs(np.diff(result[50:150, 75:225].astype(int), axis=1)).max() <= 3
    assert result is not rgb


def test_letters_in_a_blurred_place_differ_no_more() -> None:
    """Two plates that differ in a letter look the same, but for what a square averages."""
    blurred = []
    for text in ("A 12345", "A 12845"):
        rgb = np.full((120, 320, 3), 240, np.uint8)
        cv2.putText(rgb, text, (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (10, 10, 10), 6)
        blurred.append(blur(rgb, [Hidden("plate", (0.0, 0.0, 1.0, 1.0))]).astype(int))
    assert np.abs(blurred[0] - blurred[1]).max() < 16


def test_places_at_the_edge_and_beyond_are_taken_as_far_as_they_lie_in_the_picture() -> None:
    rgb = np.zeros((50, 50, 3), np.uint8)
    assert blur(rgb, [Hidden("face", (0.9, 0.9, 0.5, 0.5))]).shape == rgb.shape
    assert blur(rgb, [Hidden("face", (1.5, 0.9, 0.5, 0.5))]).shape == rgb.shape
    assert grown((40.0, 40.0, 20.0, 20.0), 0.5, 50, 50) == (30.0, 30.0, 20.0, 20.0)


def test_touching_is_no_overlap() -> None:
    assert overlap((0, 0, 2, 2), (1, 1, 2, 2))
    assert not overlap((0, 0, 2, 2), (2, 0, 2, 2))
    assert covers(
        Hidden("plate", (0.4, 0.4, 0.2, 0.2)), [(0.0, 0.0, 0.1, 0.1), (0.5, 0.5, 0.1, 0.1)]
    )


def test_a_finding_below_a_blur_says_so(open_service: Open, tmp_path: Path) -> None:
    here: Here = open_service(tmp_path / "data")
    files = here.service.files
    assert kept_hidden(files, "0" * 32) == {}
    plate, face = Hidden("plate", (0.4, 0.6, 0.2, 0.1)), Hidden("face", (0.0, 0.0, 0.1, 0.1))
    keep_hidden(files, "0" * 32, {1: [plate, face], 2: []})
    assert kept_hidden(files, "0" * 32) == {1: [plate, face], 2: []}
    report = '{"damage": {"findings": [{"time_s": 0.1, "box": [0.5, 0.5, 0.3, 0.3]}]}}'
    record = ClipRecord(
        id="0" * 32, owner="o", created_at=None, label="a", sha256="", size_bytes=1,
        file_key="removed", report_en=report,
    )  # type: ignore[arg-type]  # fmt: skip
    shown = [
        ClipFrame(clip_id="0" * 32, number=number, time_s=number - 1.0, file_key="")
        for number in (1, 2)
    ]
    assert hidden_in(here.service, record, shown) == {1: [(plate, True), (face, False)], 2: []}
