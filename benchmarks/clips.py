"""The clips that are measured: generated ones as phones make them, and real ones where present.

Generated clips are cached in the temporary folder of the machine; they are the same on every
machine up to the version of the encoders.
"""

import os
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from tingzhen.media.sample_picture import DENT, damaged_car_side
from tingzhen.media.sample_sound import RATE_HZ, idling_engine_with_knock

FPS = 30
DURATION_S = 10
_LONG_S = 179.9
_VERSION = 1


@dataclass(frozen=True)
class Recipe:
    """How a generated clip is encoded; phones write neither B-frames nor many references."""

    name: str
    codec: str
    width: int
    height: int
    keyframe_every_s: int
    megabits: float

    def options(self) -> dict[str, str]:
        rate = {"b": f"{self.megabits}M", "maxrate": f"{1.5 * self.megabits}M",
                "bufsize": f"{self.megabits}M", "g": str(self.keyframe_every_s * FPS)}  # fmt: skip
        if self.codec == "libx265":
            keyframes = f"keyint={self.keyframe_every_s * FPS}:min-keyint=1"
            quiet = f"log-level=none:scenecut=0:bframes=0:{keyframes}"
            return rate | {"preset": "ultrafast", "x265-params": quiet}
        return rate | {
            "preset": "veryfast", "profile": "high", "bf": "0", "refs": "1", "sc_threshold": "0",
        }  # fmt: skip


RECIPES = (
    Recipe("1080p-h264-key1s", "libx264", 1920, 1080, 1, 16),
    Recipe("1080p-h264-key5s", "libx264", 1920, 1080, 5, 16),
    Recipe("720p-h264-key1s", "libx264", 1280, 720, 1, 8),
    Recipe("1080p-hevc-key1s", "libx265", 1920, 1080, 1, 8),
)
LONG = "1080p-h264-3min"
SOUND = "sound-10s"


def folder() -> Path:
    """Where generated clips are kept between runs."""
    place = Path(tempfile.gettempdir()) / f"tingzhen-benchmark-{_VERSION}-{os.getuid()}"
    place.mkdir(exist_ok=True)
    return place


def generated(recipe: Recipe) -> Path:
    """The clip of a recipe, made when it is not there yet."""
    path = folder() / f"{recipe.name}.mp4"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        _encode(unfinished, recipe)
        unfinished.rename(path)
    return path


def three_minutes() -> Path:
    """The first recipe's clip again and again up to 179.9 s, without encoding it again."""
    path = folder() / f"{LONG}.mp4"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        _repeat(generated(RECIPES[0]), unfinished, 180 // DURATION_S)
        unfinished.rename(path)
    return path


def ten_seconds_of_sound() -> Path:
    """The sound of the clips alone, as a voice recorder writes it."""
    path = folder() / f"{SOUND}.m4a"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        with av.open(str(unfinished), "w", format="mp4") as container:
            _encode_sound(container, _sound_stream(container))
        unfinished.rename(path)
    return path


def real() -> list[Path]:
    """Real phone clips, which are not part of the repository."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    videos = Path(os.environ.get("TINGZHEN_DATA", beside)) / "video"
    return sorted(p for p in videos.glob("*") if p.suffix.lower() in {".mp4", ".mov", ".webm"})


def _sound_stream(container: Any) -> Any:
    stream = container.add_stream("aac", rate=RATE_HZ)
    stream.layout, stream.bit_rate = "mono", 96_000
    return stream


def _encode_sound(container: Any, stream: Any) -> None:
    sound = idling_engine_with_knock(DURATION_S, np.random.default_rng(0))
    for start in range(0, len(sound), 1024):
        frame = av.AudioFrame.from_ndarray(sound[None, start : start + 1024], "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _encode(path: Path, recipe: Recipe) -> None:
    rng = np.random.default_rng(0)
    scene = damaged_car_side(rng)
    size = (recipe.width, recipe.height)
    grain = [
        rng.normal(0, 4, (size[1], size[0], 1)).astype(np.int16).repeat(3, axis=2) for _ in range(4)
    ]
    with av.open(str(path), "w", format="mp4") as container:
        video = container.add_stream(recipe.codec, rate=FPS, options=recipe.options())
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        if recipe.codec == "libx265":
            video.codec_context.codec_tag = "hvc1"
        sound = _sound_stream(container)
        for index in range(FPS * DURATION_S):
            # A slow sweep over the car with the unrest of a hand.
            seconds = index / FPS
            x = DENT[0] + 220 * np.sin(0.5 * seconds) + 5 * np.sin(7.1 * seconds)
            y = DENT[1] + 120 * np.sin(0.3 * seconds) + 5 * np.sin(5.3 * seconds)
            turn = cv2.getRotationMatrix2D((x, y), np.sin(3.0 * seconds), 1.5 * size[1] / 1080)
            turn[:, 2] += np.array([size[0] / 2 - x, size[1] / 2 - y])
            view = cv2.warpAffine(scene, turn, size, borderMode=cv2.BORDER_REFLECT)
            noisy = cv2.add(view, grain[index % len(grain)], dtype=cv2.CV_8U)
            frame = av.VideoFrame.from_ndarray(np.asarray(noisy), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        _encode_sound(container, sound)


def _repeat(source: Path, target: Path, times: int) -> None:
    with av.open(str(target), "w", format="mp4") as out:
        streams: dict[int, Any] = {}
        last: dict[int, int] = {}
        for turn in range(times):
            with av.open(str(source)) as container:
                if not streams:
                    for stream in container.streams:
                        streams[stream.index] = out.add_stream_from_template(stream)
                packets = [p for p in container.demux() if p.size]
                for packet in packets:
                    shift = round(turn * DURATION_S / packet.time_base)
                    packet.pts += shift
                    packet.dts += shift
                    # The encoder's padding makes the sound a little longer than the picture.
                    late = packet.pts * packet.time_base >= _LONG_S
                    if late or packet.dts <= last.get(packet.stream.index, -(1 << 62)):
                        continue
                    last[packet.stream.index] = packet.dts
                    packet.stream = streams[packet.stream.index]
                    out.mux(packet)
