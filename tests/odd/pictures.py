"""Photos: turned, tiny, huge, see-through."""

from pathlib import Path

import cv2
import numpy as np

from tests.odd import boxes
from tests.odd.catalogue import REPORT, odd
from tests.odd.encode import upright_picture, write_picture


@odd("black.jpg")
def _black_photo(path: Path) -> None:
    write_picture(path, np.zeros((480, 640, 3), np.uint8))


@odd("one-pixel.png", REPORT, "nothing_to_analyse")
def _one_pixel(path: Path) -> None:
    write_picture(path, np.full((1, 1, 3), 127, np.uint8))


@odd("photo.webp")
def _webp(path: Path) -> None:
    write_picture(path, upright_picture(320, 240))


@odd("photo-turned-by-exif.jpg")
def _exif(path: Path) -> None:
    # Orientation 6: turn clockwise by 90 degrees to see it upright.
    write_picture(path, np.ascontiguousarray(np.rot90(upright_picture(320, 240))))
    boxes.set_exif_orientation(path, 6)


@odd("see-through.png")
def _alpha(path: Path) -> None:
    picture = np.dstack([upright_picture(320, 240), np.full((240, 320), 128, np.uint8)])
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())


@odd("sixteen-bit-grey.png")
def _sixteen_bit(path: Path) -> None:
    grey = np.linspace(0, 65_535, 320 * 240).astype(np.uint16).reshape(240, 320)
    path.write_bytes(cv2.imencode(".png", grey)[1].tobytes())


@odd("long-and-thin.png", REPORT, "nothing_to_analyse")
def _thin(path: Path) -> None:
    write_picture(path, np.full((2, 4000, 3), 90, np.uint8))


@odd("20000-by-20000.png", "too_many_pixels")
def _huge(path: Path) -> None:
    boxes.huge_png(path, 20_000)


@odd("claims-65500-by-65500.jpg", "too_many_pixels")
def _huge_claim(path: Path) -> None:
    write_picture(path, upright_picture(64, 48))
    boxes.claim_jpeg_size(path, 65_500, 65_500)


@odd("half.jpg", REPORT, "damaged_file")
def _half_photo(path: Path) -> None:
    write_picture(path, upright_picture(640, 480))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@odd("segments-of-another.jpg", "damaged_file")
def _jpeg_broken_inside(path: Path) -> None:
    # Begins like a JPEG, so that it is one to us, and is none to its library.
    path.write_bytes(b"\xff\xd8\xff\xe0\0\x02" + b"\xff\xc0\0\x03\x08" + bytes(64))
