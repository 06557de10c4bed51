"""Videos as phones and cameras make them."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from tests.odd import boxes
from tests.odd.catalogue import REPORT, odd
from tests.odd.encode import moving, tone, write_media


def _turned(path: Path, degrees: int) -> None:
    stored = [np.ascontiguousarray(np.rot90(f, degrees // 90)) for f in moving(320, 240, 12)]
    write_media(path, frames=stored, sound=tone(1.2))
    height, width = stored[0].shape[:2]
    boxes.set_matrix(path, boxes.TURNS[degrees], width, height)


for _degrees in boxes.TURNS:
    odd(f"turned-{_degrees}.mp4", encoders=("libx264",))(
        lambda path, degrees=_degrees: _turned(path, degrees)
    )


@odd("mirrored.mp4", encoders=("libx264",))
def _mirrored(path: Path) -> None:
    stored = [np.ascontiguousarray(f[:, ::-1]) for f in moving(320, 240, 12)]
    write_media(path, frames=stored)
    boxes.set_matrix(path, boxes.MIRROR, 320, 240)


@odd("wide-pixels.mp4", encoders=("libx264",))
def _wide_pixels(path: Path) -> None:
    write_media(path, frames=moving(160, 240, 12), aspect=Fraction(2, 1))


@odd("variable-frame-rate.mp4", encoders=("libx264",))
def _variable(path: Path) -> None:
    times = np.cumsum(np.tile([0.02, 0.3, 0.05, 0.9, 0.01], 5)) - 0.02
    write_media(path, frames=moving(320, 240, 25), times_s=list(times), sound=tone(6.5))


@odd("sound-begins-late.mp4", encoders=("libx264", "aac"))
def _late(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 40), sound=tone(2.0), sound_start_s=2.0)


@odd("edit-list.mp4", encoders=("libx264",))
def _edit_list(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 40), fps=10)
    boxes.skip_by_edit_list(path, 10_240)


@odd("no-sound-track.mp4", encoders=("libx264",))
def _no_sound(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 20))


@odd("no-picture-track.mp4", encoders=("aac",))
def _no_picture(path: Path) -> None:
    write_media(path, sound=tone(2.0))


@odd("black.mp4", encoders=("libx264",))
def _black(path: Path) -> None:
    write_media(path, frames=[np.zeros((240, 320, 3), np.uint8)] * 20, sound=tone(2.0))


@odd("one-frame.mp4", encoders=("libx264",))
def _one_frame(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 1))


@odd("odd-size.mp4", encoders=("libx264",))
def _odd_size(path: Path) -> None:
    write_media(path, frames=moving(321, 241, 12), pix_fmt="yuv444p")


@odd("tiny.mp4", REPORT, "nothing_to_analyse", encoders=("libx264",))
def _tiny(path: Path) -> None:
    write_media(path, frames=moving(2, 2, 12))


@odd("ten-bit.mp4", encoders=("libx265",))
def _ten_bit(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 8), video_codec="libx265", pix_fmt="yuv420p10le")


# ISO/IEC 23091-2: primaries BT.2020 is 9, transfer PQ 16 and HLG 18, matrix BT.2020 9.
for _name, _transfer in (("hdr-pq.mp4", 16), ("hdr-hlg.mp4", 18)):
    odd(_name, encoders=("libx265",))(
        lambda path, transfer=_transfer: write_media(
            path,
            frames=moving(320, 240, 8),
            video_codec="libx265",
            pix_fmt="yuv420p10le",
            colour={"color_primaries": 9, "color_trc": transfer, "colorspace": 9},
        )
    )


@odd("4k.mp4", encoders=("libx264",))
def _four_k(path: Path) -> None:
    write_media(path, frames=moving(3840, 2160, 3), fps=2)


@odd("vp8.webm", encoders=("libvpx", "libopus"))
def _vp8(path: Path) -> None:
    write_media(
        path, frames=moving(320, 240, 12), video_codec="libvpx", sound=tone(1.2),
        sound_codec="libopus",
    )  # fmt: skip


@odd("vp9.webm", encoders=("libvpx-vp9", "libopus"))
def _vp9(path: Path) -> None:
    write_media(
        path, frames=moving(320, 240, 12), video_codec="libvpx-vp9", sound=tone(1.2),
        sound_codec="libopus",
    )  # fmt: skip


@odd("av1.mkv", encoders=("libsvtav1",))
def _av1(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 8), video_codec="libsvtav1")


@odd("dashcam.avi", encoders=("mpeg4", "libmp3lame"))
def _avi(path: Path) -> None:
    write_media(
        path, frames=moving(320, 240, 12), video_codec="mpeg4", sound=tone(1.2),
        sound_codec="libmp3lame",
    )  # fmt: skip


@odd("old-phone.3gp", encoders=("mpeg4", "libopencore_amrnb"))
def _three_gp(path: Path) -> None:
    write_media(
        path, frames=moving(176, 144, 12), video_codec="mpeg4",
        sound=tone(1.2, rate_hz=8_000), sound_rate_hz=8_000, sound_codec="libopencore_amrnb",
    )  # fmt: skip


@odd("iphone.mov", encoders=("libx264",))
def _mov(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 12), sound=tone(1.2))


@odd("video-named-as.txt", encoders=("libx264",))
def _wrong_name(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 12), sound=tone(1.2), container_format="mp4")
