"""Photographs of every accepted kind, upright and in their colours."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image

from tingzhen.errors import DamagedFile, TooManyPixels
from tingzhen.media import read_clip


@pytest.fixture
def picture() -> NDArray[np.uint8]:
    """Left half red, right half blue, 320 x 200."""
    rgb = np.zeros((200, 320, 3), np.uint8)
    rgb[:, :160, 0] = 200
    rgb[:, 160:, 2] = 200
    return rgb


def saved(picture: NDArray[np.uint8], path: Path, **options: object) -> Path:
    if path.suffix == ".heic":
        heif = pillow_heif.from_pillow(Image.fromarray(picture))
        heif.save(path, quality=90, **options)
    else:
        Image.fromarray(picture).save(path, **options)
    return path


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.heic"])
def test_each_kind_is_read(name: str, picture: NDArray[np.uint8], tmp_path: Path) -> None:
    clip = read_clip(saved(picture, tmp_path / name))
    assert clip.kind == "photo"
    assert clip.duration_s == 0.0
    assert clip.video is not None
    assert (clip.video.width, clip.video.height) == (320, 200)
    rgb = clip.frames[0].rgb
    assert rgb.shape == (200, 320, 3)
    assert rgb[:, :150, 0].mean() > 150
    assert rgb[:, :150, 2].mean() < 60


@pytest.mark.parametrize(("orientation", "degrees"), [(1, 0), (3, 180), (6, 90), (8, 270)])
def test_exif_orientation(
    orientation: int, degrees: int, picture: NDArray[np.uint8], tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    clip = read_clip(saved(picture, tmp_path / "a.jpg", exif=exif, quality=95))
    assert clip.video is not None
    assert clip.video.rotation == degrees
    expected = np.rot90(picture, -degrees // 90)
    rgb = clip.frames[0].rgb
    assert rgb.shape == expected.shape
    assert np.abs(rgb.astype(int) - expected).mean() < 8


def test_grey_deep_and_transparent_pictures(tmp_path: Path) -> None:
    Image.fromarray(np.full((50, 60), 128, np.uint8)).save(tmp_path / "grey.png")
    Image.fromarray(np.full((50, 60), 128 * 257, np.uint16)).save(tmp_path / "deep.png")
    Image.new("RGBA", (60, 50), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert read_clip(tmp_path / "grey.png").frames[0].rgb.mean() == pytest.approx(128, abs=1)
    assert read_clip(tmp_path / "deep.png").frames[0].rgb.mean() == pytest.approx(128, abs=1)
    assert read_clip(tmp_path / "clear.png").frames[0].rgb.min() == 255


def test_a_large_photo_is_handed_on_at_working_size(tmp_path: Path) -> None:
    Image.new("RGB", (6000, 4000), (90, 120, 30)).save(tmp_path / "large.jpg")
    clip = read_clip(tmp_path / "large.jpg")
    assert clip.frames[0].rgb.shape == (640, 960, 3)


def test_too_many_pixels_are_refused_from_the_header(tmp_path: Path) -> None:
    """A header that claims 400 million pixels, and hardly any data behind it."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    png += struct.pack(">I", zlib.crc32(chunk))
    (tmp_path / "bomb.png").write_bytes(png + struct.pack(">I", 0) + b"IDAT" + bytes(4))
    with pytest.raises(TooManyPixels):
        read_clip(tmp_path / "bomb.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_cut_off_photo_is_a_typed_error(kind: str, tmp_path: Path) -> None:
    whole = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(whole, kind)
    (tmp_path / "cut").write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    with pytest.raises(DamagedFile):
        read_clip(tmp_path / "cut")
