"""A small copy of a clip's video, in which nobody can be recognised more easily than in its frames:
few pictures a second, faces and plates blurred, voices masked.

H.264 and AAC in MP4, the index first: what Chromium, Safari on iPhones and Firefox all play and
seek in.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.media import SAMPLE_RATE_HZ, Clip, Frame, Limits, read_clip
from tingzhen.serving.privacy.blurring import blur
from tingzhen.serving.privacy.masking import mask_speech
from tingzhen.serving.privacy.people import Hidden, hidden_places

SIDE_PX: Final = 640
"""Longer side of its pictures, at most."""
PICTURES_A_S: Final = 4
MOST_PICTURES: Final = 160
"""Of a longer clip fewer a second are kept."""
REMEMBERED_S: Final = 0.6
"""A place that is found is blurred for so long before and after too: a face that is missed in one
picture is found in its neighbours."""

_MS: Final = Fraction(1, 1000)
_AAC_SAMPLES: Final = 1024
_KEYFRAME_S: Final = 2


def read_for_video(path: Path, limits: Limits) -> Clip:
    """The clip with the pictures that its copy shows. Raises ClipError."""
    return read_clip(
        path,
        limits=replace(
            limits, max_frames=MOST_PICTURES, frame_side_px=SIDE_PX,
            min_spacing_s=1.0 / PICTURES_A_S,
        ),
    )  # fmt: skip


def shown_video(clip: Clip) -> bytes:
    """The MP4. clip: with pictures, as `read_for_video` gives it."""
    found = [hidden_places(frame.rgb) for frame in clip.frames]
    pictures = [
        blur(frame.rgb, _near(number, clip.frames, found))
        for number, frame in enumerate(clip.frames)
    ]
    times_ms = [round(frame.time_s * 1000) for frame in clip.frames]
    masked = None
    if clip.waveform is not None and len(clip.waveform):
        masked = mask_speech(clip.waveform)
    return _encoded(pictures, times_ms, round(clip.duration_s * 1000), masked)


def _near(number: int, frames: Sequence[Frame], found: Sequence[list[Hidden]]) -> list[Hidden]:
    """What is hidden in this picture and in those around it."""
    at_s = frames[number].time_s
    return [
        place
        for frame, places in zip(frames, found, strict=True)
        if abs(frame.time_s - at_s) <= REMEMBERED_S
        for place in places
    ]


def _encoded(
    pictures: Sequence[NDArray[np.uint8]],
    times_ms: Sequence[int],
    end_ms: int,
    sound: NDArray[np.float32] | None,
) -> bytes:
    import av  # noqa: PLC0415 - FFmpeg is only loaded where something is encoded

    height, width = (side - side % 2 for side in pictures[0].shape[:2])
    with (
        TemporaryDirectory(prefix="tingzhen-video-") as folder,  # the index is moved to the front
        av.open(f"{folder}/v.mp4", "w", options={"movflags": "+faststart"}) as container,
    ):
        video = container.add_stream(
            "libx264", rate=PICTURES_A_S,
            options={"preset": "veryfast", "crf": "27", "profile": "main"},
        )  # fmt: skip
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.time_base = _MS
        video.codec_context.gop_size = _KEYFRAME_S * PICTURES_A_S
        audio: Any = None
        if sound is not None:
            audio = container.add_stream("aac", rate=SAMPLE_RATE_HZ)
            audio.layout, audio.bit_rate = "mono", 64_000
            _encode_sound(container, audio, sound)
        # The first picture from the start, the last one to the end: players show no gap.
        shown = list(zip([0, *times_ms[1:]], pictures, strict=True))
        if end_ms > shown[-1][0]:
            shown.append((end_ms, pictures[-1]))
        for at_ms, rgb in shown:
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(rgb[:height, :width]), format="rgb24"
            )
            frame.pts, frame.time_base = at_ms, _MS
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        container.close()
        return Path(folder, "v.mp4").read_bytes()


def _encode_sound(container: Any, stream: Any, sound: NDArray[np.float32]) -> None:
    import av  # noqa: PLC0415 - see above

    for start in range(0, len(sound), _AAC_SAMPLES):
        part = np.ascontiguousarray(sound[None, start : start + _AAC_SAMPLES])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, start
        frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
