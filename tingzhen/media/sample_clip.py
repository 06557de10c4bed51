"""A clip that Tingzhen makes itself, for a first look where nobody has a clip at hand.

It is drawn and synthesised, never recorded; its container says so, and so does every report on it.

    python -m tingzhen.media.sample_clip PATH.mp4
"""

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.media.sample_picture import DENT, SCRATCHES, damaged_car_side
from tingzhen.media.sample_sound import RATE_HZ, idling_engine_with_knock

# The comment in the container by which a generated clip is known.
GENERATED_TAG = "tingzhen generated clip"

DURATION_S = 8.0
FPS = 30
WIDTH_PX, HEIGHT_PX = 720, 1280
_KEYFRAME_EVERY_S = 1
# Pixels of the clip to one of the scene, at the scratches and at the dent.
_NEAR, _FARTHER = 1.2, 0.95


def write_sample_clip(path: Path, *, seed: int = 0) -> None:
    """Write an 8 s portrait 720p MP4 (h264, AAC): a car side with damage, an engine that knocks.

    The same seed gives the same picture and sound. Raises OSError when `path` cannot be written.
    """
    rng = np.random.default_rng(seed)
    scene = damaged_car_side(rng)
    sound = idling_engine_with_knock(DURATION_S, np.random.default_rng(seed))
    with path.open("wb") as file, av.open(file, "w", format="mp4") as container:
        container.metadata["comment"] = GENERATED_TAG
        video = container.add_stream(
            "libx264",
            rate=FPS,
            options={"preset": "ultrafast", "crf": "25", "g": str(_KEYFRAME_EVERY_S * FPS)},
        )
        video.width, video.height, video.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        audio = container.add_stream("aac", rate=RATE_HZ)
        audio.layout, audio.bit_rate = "mono", 96_000
        _encode_sound(container, audio, sound)
        _encode_picture(container, video, scene, rng)


def _encode_sound(container: Any, stream: Any, sound: NDArray[np.float32]) -> None:
    for start in range(0, len(sound), 1024):
        frame = av.AudioFrame.from_ndarray(sound[None, start : start + 1024], "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _encode_picture(
    container: Any, stream: Any, scene: NDArray[np.uint8], rng: np.random.Generator
) -> None:
    """The scene through a phone that is held by hand, with the noise of its sensor."""
    count = round(DURATION_S * FPS)
    grain = [rng.normal(0, 5, (HEIGHT_PX, WIDTH_PX)).astype(np.int8) for _ in range(4)]
    y, x = np.mgrid[-1 : 1 : HEIGHT_PX * 1j, -1 : 1 : WIDTH_PX * 1j]
    lens = (1 - 0.175 * (x**2 + y**2)).astype(np.float32)  # darker towards the corners
    shake = [_hand(count, rng) for _ in range(3)]
    for index in range(count):
        # Rests on the scratches, then goes on to the dent.
        way = 0.5 - 0.5 * np.cos(np.pi * np.clip((index / FPS - 3.0) / 1.8, 0, 1))
        centre = (1 - way) * np.array(SCRATCHES) + way * np.array(DENT)
        scale = _NEAR - (_NEAR - _FARTHER) * way
        turn = cv2.getRotationMatrix2D(
            (float(centre[0] + 5 * shake[0][index]), float(centre[1] + 5 * shake[1][index])),
            float(0.5 * shake[2][index]), float(scale),
        )  # fmt: skip
        turn[:, 2] += np.array([WIDTH_PX / 2, HEIGHT_PX / 2]) - centre
        view = cv2.warpAffine(
            scene, turn, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )  # fmt: skip
        planes = np.asarray(cv2.cvtColor(view, cv2.COLOR_RGB2YUV_I420))
        luma = planes[:HEIGHT_PX]
        cv2.multiply(luma, lens, dst=luma, dtype=cv2.CV_8U)
        luma[:] = cv2.add(luma, grain[index % len(grain)], dtype=cv2.CV_8U)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, FPS)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _hand(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(count,), unit variance: the slow unrest of a hand, below about 3 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / FPS)
    path = np.fft.irfft(spectrum / (0.6 + hz**2), count)
    return np.asarray(path / path.std())


if __name__ == "__main__":
    write_sample_clip(Path(sys.argv[1]))
