"""Container by content, from an allow-list. The name of a file says nothing.

FFmpeg is told which demuxer to use and never guesses: playlists (HLS, DASH, concat), which could
point at other files, are not on the list and therefore never parsed.
"""

from dataclasses import dataclass
from typing import Literal

Family = Literal["container", "photo"]
SNIFF_BYTES = 4096

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_ISO_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}


@dataclass(frozen=True, slots=True)
class Format:
    """name: FFmpeg's demuxer, or the decoder of the photo library."""

    family: Family
    name: str


def sniff(head: bytes) -> Format | None:
    """Format of a file that begins with `head` (its first SNIFF_BYTES); None if not accepted."""
    riff_kind = head[8:12] if head[:4] in {b"RIFF", b"RF64"} else b""
    if head[4:8] in _ISO_BOXES:
        if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
            return Format("photo", "HEIF")
        return Format("container", "mov")
    if riff_kind in _RIFF_KINDS:
        return _RIFF_KINDS[riff_kind]
    for magic, fmt in _MAGIC:
        if head.startswith(magic):
            return fmt
    return _mpeg_audio(head)


_RIFF_KINDS = {
    b"AVI ": Format("container", "avi"),
    b"WAVE": Format("container", "wav"),
    b"WEBP": Format("photo", "WEBP"),
}

_MAGIC = (
    (b"\x1a\x45\xdf\xa3", Format("container", "matroska")),
    (b"OggS", Format("container", "ogg")),
    (b"fLaC", Format("container", "flac")),
    (b"#!AMR", Format("container", "amr")),
    (b"\xff\xd8\xff", Format("photo", "JPEG")),
    (b"\x89PNG\r\n\x1a\n", Format("photo", "PNG")),
)


def _mpeg_audio(head: bytes) -> Format | None:
    """MP3 or AAC in ADTS, with or without an ID3 tag before it."""
    if head.startswith(b"ID3") and len(head) >= 10:
        size = 0
        for byte in head[6:10]:  # ID3v2.4, 3.1: four bytes of seven bits
            size = size << 7 | byte & 0x7F
        after = head[10 + size : 12 + size]
        if len(after) == 2 and _is_adts(after):
            return Format("container", "aac")
        return Format("container", "mp3")
    if len(head) >= 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        if _is_adts(head):
            return Format("container", "aac")
        if head[1] & 0x06 == 0x02:  # layer III
            return Format("container", "mp3")
    return None


def _is_adts(head: bytes) -> bool:
    """ISO/IEC 13818-7, 6.2: twelve set bits, then layer 0."""
    return head[0] == 0xFF and head[1] & 0xF6 == 0xF0
