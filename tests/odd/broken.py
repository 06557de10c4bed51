"""Files that are cut off, damaged, or no media at all."""

from pathlib import Path

import numpy as np

from tests.odd import boxes
from tests.odd.catalogue import REPORT, odd
from tests.odd.encode import moving, tone, write_media


@odd("tags-not-utf8.mp4", encoders=("libx264",))
def _tags(path: Path) -> None:
    write_media(
        path, frames=moving(320, 240, 12), metadata={"title": "TTTTTTTTTTTT", "comment": "CCCC"}
    )
    broken = path.read_bytes().replace(
        b"TTTTTTTTTTTT", b"\xff\xfe\xc3\x28\x80\xb7\xe4\xbd" * 1 + b"\xf0" * 4
    )
    path.write_bytes(broken.replace(b"CCCC", b"\xa0\xa1\xff\xd8"))


@odd("damaged-packets.mp4", encoders=("libx264", "aac"))
def _damaged(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 60), sound=tone(6.0))
    boxes.damage_sound_and_picture(path, every=4000)


@odd("truncated.mp4", REPORT, "damaged_file", encoders=("libx264",))
def _truncated(path: Path) -> None:
    write_media(
        path, frames=moving(320, 240, 40), sound=tone(4.0),
        container_options={"movflags": "faststart"},
    )  # fmt: skip
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@odd("truncated.mkv", REPORT, "damaged_file", encoders=("libx264",))
def _truncated_mkv(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 40), sound=tone(4.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@odd("no-index.mp4", "damaged_file", "unknown_format", encoders=("libx264",))
def _no_index(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 40))
    boxes.without_index(path)


@odd("random-bytes.mp4", "unknown_format", "damaged_file")
def _random(path: Path) -> None:
    path.write_bytes(np.random.default_rng(7).bytes(200_000))


@odd("random-after-ftyp.mp4", "damaged_file", "unknown_format")
def _random_ftyp(path: Path) -> None:
    brand = boxes.box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
    path.write_bytes(brand + np.random.default_rng(8).bytes(100_000))


@odd("random-after-ebml.webm", "damaged_file", "unknown_format")
def _random_ebml(path: Path) -> None:
    head = bytes.fromhex("1a45dfa3934282847765626d42878104428581021853806701")
    path.write_bytes(head + np.random.default_rng(9).bytes(100_000))


@odd("empty.mp4", "empty_file")
def _empty(path: Path) -> None:
    path.write_bytes(b"")


@odd("one-byte.mp4", "unknown_format", "damaged_file")
def _one_byte(path: Path) -> None:
    path.write_bytes(b"\0")
