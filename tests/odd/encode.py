"""Small media files with exactly the properties a test asks for."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
TICKS = 90_000


def encoder_missing(*names: str) -> str:
    """Why these encoders cannot be used here; empty when they can."""
    absent = []
    for name in names:
        try:
            av.codec.Codec(name, "w")
        except av.codec.codec.UnknownCodecError:
            absent.append(name)
    return f"this build of FFmpeg has no encoder for {', '.join(absent)}" if absent else ""


def tone(seconds: float, *, hz: float = 440.0, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    """float32 (n,), a tone at a third of full scale with noise under it."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    hiss = np.random.default_rng(0).normal(0, 0.01, len(t))
    return (0.3 * np.sin(2 * np.pi * hz * t) + hiss).astype(np.float32)


def upright_picture(width: int, height: int) -> NDArray[np.uint8]:
    """uint8 (height, width, 3) RGB: grey, the upper left quarter red, the lower right blue."""
    ramp = np.linspace(60, 160, width, dtype=np.uint8)
    picture = np.repeat(np.tile(ramp, (height, 1))[..., None], 3, axis=2)
    picture[: height // 2, : width // 2] = (220, 20, 20)
    picture[height // 2 :, width // 2 :] = (20, 20, 220)
    return np.ascontiguousarray(picture)


def moving(width: int, height: int, count: int) -> list[NDArray[np.uint8]]:
    """The upright picture with a bright bar that moves, so that no two frames are alike."""
    frames = []
    for index in range(count):
        frame = upright_picture(width, height)
        x = index * max(width // max(count, 1), 1) % width
        frame[height // 3 : height // 2 + 1, x : x + max(width // 8, 1)] = 240
        frames.append(frame)
    return frames


def write_media(
    path: Path,
    *,
    frames: Sequence[NDArray[np.uint8]] = (),
    times_s: Sequence[float] | None = None,
    fps: int = 10,
    video_codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    video_options: dict[str, str] | None = None,
    aspect: Fraction | None = None,
    colour: dict[str, int] | None = None,
    sound: NDArray[np.float32] | None = None,
    sound_codec: str = "aac",
    sound_rate_hz: int = RATE_HZ,
    channels: int = 1,
    sound_start_s: float = 0.0,
    container_format: str | None = None,
    container_options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
) -> None:
    """One file with a picture track, a sound track, or both; every frame has its own time."""
    with (
        same_priority(),
        av.open(
            str(path), "w", format=container_format, options=container_options or {}
        ) as container,
    ):
        container.metadata.update(metadata or {})
        video = sound_stream = None
        if len(frames):
            video = container.add_stream(
                video_codec, rate=fps, options=video_options or _fast(video_codec)
            )
            video.height, video.width = frames[0].shape[:2]
            video.pix_fmt = pix_fmt
            video.codec_context.time_base = Fraction(1, TICKS if times_s else fps)
            if aspect:
                video.codec_context.sample_aspect_ratio = aspect
            for name, value in (colour or {}).items():
                setattr(video.codec_context, name, value)
        if sound is not None:
            sound_stream = container.add_stream(sound_codec, rate=sound_rate_hz)
            sound_stream.layout = "mono" if channels == 1 else "stereo"
        if video is not None:
            _encode_frames(container, video, frames, times_s)
        if sound_stream is not None and sound is not None:
            _encode_sound(container, sound_stream, sound, sound_rate_hz, sound_start_s)


@contextmanager
def same_priority() -> Iterator[None]:
    """Put the thread back to the priority that it had. As root, SVT-AV1 makes the thread that calls
    it a real-time one (SCHED_FIFO 99) and leaves it so: all that it starts later, browsers as
    well, would inherit that and starve everything else on the machine."""
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


def _fast(codec: str) -> dict[str, str]:
    return {
        "libx264": {"preset": "ultrafast", "g": "10"},
        "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
        "libvpx": {"deadline": "realtime", "cpu-used": "8"},
        "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
        "libsvtav1": {"preset": "12"},
    }.get(codec, {})


def _encode_frames(
    container: Any,
    stream: Any,
    frames: Sequence[NDArray[np.uint8]],
    times_s: Sequence[float] | None,
) -> None:
    for index, rgb in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        frame.pts = index if times_s is None else round(times_s[index] * TICKS)
        frame.time_base = stream.codec_context.time_base
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _encode_sound(
    container: Any, stream: Any, sound: NDArray[np.float32], rate_hz: int, start_s: float
) -> None:
    context = stream.codec_context
    if not context.is_open:
        context.open()
    resampler = av.AudioResampler(
        format=context.format, layout=context.layout, rate=rate_hz, frame_size=context.frame_size
    )
    block = rate_hz
    offset = round(start_s * rate_hz)
    for start in range(0, len(sound), block):
        frame = av.AudioFrame.from_ndarray(sound[None, start : start + block], "flt", "mono")
        frame.sample_rate = rate_hz
        frame.pts = offset + start
        frame.time_base = Fraction(1, rate_hz)
        for piece in resampler.resample(frame):
            container.mux(stream.encode(piece))
    for piece in resampler.resample(None):
        container.mux(stream.encode(piece))
    container.mux(stream.encode())


def write_picture(path: Path, rgb: NDArray[np.uint8]) -> None:
    """A photo in the format that the name's ending says."""
    encoded = cv2.imencode(path.suffix, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1]
    path.write_bytes(encoded.tobytes())
