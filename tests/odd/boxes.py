"""Changes to finished files that no encoder would make: boxes, headers, single bytes."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

# Transformation matrices of ISO/IEC 14496-12 (tkhd) that turn the stored picture clockwise:
# a, b, c, d of x' = a x + c y + tx, y' = b x + d y + ty.
TURNS: dict[int, tuple[int, int, int, int]] = {
    0: (1, 0, 0, 1),
    90: (0, 1, -1, 0),
    180: (-1, 0, 0, -1),
    270: (0, -1, 1, 0),
}
MIRROR = (-1, 0, 0, 1)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def boxes(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, end) of each box on one level of an ISO base media file."""
    start = 0
    while start + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, start)
        if size < 8:
            return
        yield kind, start, start + size
        start += size


def set_matrix(path: Path, matrix: tuple[int, int, int, int], width: int, height: int) -> None:
    """Write a display matrix into the first track header; width and height as stored."""
    a, b, c, d = matrix
    tx = (width if a < 0 else 0) + (height if c < 0 else 0)
    ty = (width if b < 0 else 0) + (height if d < 0 else 0)
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 44
    one = 1 << 16
    struct.pack_into(
        ">9i", content, at, a * one, b * one, 0, c * one, d * one, 0, tx * one, ty * one, 1 << 30
    )
    path.write_bytes(content)


def skip_by_edit_list(path: Path, skip_ticks: int) -> None:
    """Make the first edit of the first track begin `skip_ticks` (of its media) later."""
    content = bytearray(path.read_bytes())
    at = content.index(b"elst") + 4
    (count,) = struct.unpack_from(">I", content, at + 4)
    entry = at + 8 + 12 * (count - 1)
    (media_time,) = struct.unpack_from(">i", content, entry + 4)
    struct.pack_into(">i", content, entry + 4, media_time + skip_ticks)
    path.write_bytes(content)


def repeat_track(path: Path, times: int) -> None:
    """Write the first track of an MP4 whose moov comes last `times` times."""
    content = path.read_bytes()
    _, start, end = next(found for found in boxes(content) if found[0] == b"moov")
    inner = content[start + 8 : end]
    _, track_start, track_end = next(found for found in boxes(inner) if found[0] == b"trak")
    tracks = []
    for number in range(1, times + 1):
        track = bytearray(inner[track_start:track_end])
        struct.pack_into(">I", track, track.index(b"tkhd") + 16, number)
        tracks.append(bytes(track))
    moov = box(b"moov", inner[:track_start] + b"".join(tracks) + inner[track_end:])
    path.write_bytes(content[:start] + moov + content[end:])


def damage_sound_and_picture(path: Path, *, every: int) -> None:
    """Invert a run of bytes in the media data again and again; the index stays whole."""
    content = bytearray(path.read_bytes())
    _, start, end = next(found for found in boxes(bytes(content)) if found[0] == b"mdat")
    for at in range(start + 8 + (end - start) // 4, end - 32, every):
        for index in range(at, at + 24):
            content[index] ^= 0xFF
    path.write_bytes(content)


def without_index(path: Path) -> None:
    """Cut an MP4 off before its moov, as a phone does whose battery runs out."""
    content = path.read_bytes()
    start = next(start for kind, start, _ in boxes(content) if kind == b"moov")
    path.write_bytes(content[:start])


def huge_png(path: Path, side_px: int) -> None:
    """A true grey PNG of side_px by side_px zeros: a few hundred kB for hundreds of megabytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    packer = zlib.compressobj(9)
    row = bytes(side_px + 1)
    rows = b"".join(packer.compress(row) for _ in range(side_px)) + packer.flush()
    header = struct.pack(">IIBBBBB", side_px, side_px, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def wav_header(rate_hz: int, claimed_bytes: int) -> bytes:
    """Header of a 16-bit mono WAV that claims so many bytes of sound."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", min(claimed_bytes + 36, 0xFFFFFFFF), b"WAVE", b"fmt ", 16, 1, 1,
        rate_hz, 2 * rate_hz, 2, 16, b"data", claimed_bytes,
    )  # fmt: skip


def set_exif_orientation(path: Path, orientation: int) -> None:
    """Put an Exif orientation (1..8, Exif 2.3 tag 0x0112) into a JPEG."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + struct.pack(">H", 1) + entry + bytes(4)
    content = path.read_bytes()
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    path.write_bytes(content[:2] + segment + content[2:])


def claim_jpeg_size(path: Path, width: int, height: int) -> None:
    """Let the frame header of a baseline JPEG claim another size."""
    content = bytearray(path.read_bytes())
    at = content.index(b"\xff\xc0") + 5
    struct.pack_into(">HH", content, at, height, width)
    path.write_bytes(content)
