"""Tracks and attachments that ride along: subtitles, data, covers, references to other files."""

import struct
from fractions import Fraction
from pathlib import Path

import av

from tests.odd import boxes
from tests.odd.catalogue import REPORT, odd
from tests.odd.encode import moving, tone, upright_picture, write_media, write_picture


def _jpeg(folder: Path) -> bytes:
    picture = folder / "cover-for-a-moment.jpg"
    write_picture(picture, upright_picture(64, 48))
    content = picture.read_bytes()
    picture.unlink()
    return content


def _with_subtitles(path: Path, codec: str, text: bytes) -> None:
    """A clip with a track of subtitles; Matroska gets an attached file as well."""
    plain = path.with_name(f"plain-{path.stem}.mkv")
    write_media(plain, frames=moving(160, 120, 12), sound=tone(1.2), video_codec="mpeg4")
    with av.open(str(plain)) as source, av.open(str(path), "w") as target:
        copies = {s.index: target.add_stream_from_template(s) for s in source.streams}
        lines = target.add_mux_stream(codec)
        lines.time_base = Fraction(1, 1000)
        if path.suffix == ".mkv":
            target.add_attachment("run-me.sh", "application/x-sh", b"#!/bin/sh\necho odd\n")
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream_index]
                target.mux(packet)
        line = av.Packet(text)
        line.stream, line.time_base = lines, Fraction(1, 1000)
        line.pts = line.dts = 100
        line.duration = 900
        target.mux(line)
    plain.unlink()


@odd("subtitles-and-data.mkv", encoders=("mpeg4", "aac"))
def _subtitles_mkv(path: Path) -> None:
    _with_subtitles(path, "subrip", b"{\\an8}<font face='secret/segment.ts'>%s%n\xff</font>")


@odd("subtitles.mp4", encoders=("mpeg4", "aac"))
def _subtitles_mp4(path: Path) -> None:
    text = "引擎异响".encode()
    _with_subtitles(path, "mov_text", struct.pack(">H", len(text)) + text)


@odd("song-with-a-cover.mp3", encoders=("libmp3lame",))
def _cover_mp3(path: Path) -> None:
    write_media(path, sound=tone(2.0), sound_codec="libmp3lame", channels=2)
    song, cover = path.read_bytes(), _jpeg(path.parent)
    apic = b"\0image/jpeg\0\3\0" + cover  # ID3v2.4, 4.14
    frame = b"APIC" + _seven_bits(len(apic)) + b"\0\0" + apic
    path.write_bytes(b"ID3\4\0\0" + _seven_bits(len(frame)) + frame + song[_id3_bytes(song) :])


def _seven_bits(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _id3_bytes(song: bytes) -> int:
    if not song.startswith(b"ID3"):
        return 0
    size = 0
    for byte in song[6:10]:
        size = size << 7 | byte
    return 10 + size


@odd("cover.flac", encoders=("flac",))
def _cover_flac(path: Path) -> None:
    write_media(path, sound=tone(2.0), sound_codec="flac")
    _insert_flac_picture(path, 64, 48, _jpeg(path.parent))


@odd("cover-that-claims-to-be-huge.flac", REPORT, "damaged_file", encoders=("flac",))
def _huge_cover(path: Path) -> None:
    write_media(path, sound=tone(2.0), sound_codec="flac")
    _insert_flac_picture(path, 2**31 - 1, 2**31 - 1, b"\x89PNG\r\n\x1a\n")


def _insert_flac_picture(path: Path, width: int, height: int, content: bytes) -> None:
    """RFC 9639, 8.8, after the STREAMINFO block."""
    song = path.read_bytes()
    kind = b"image/jpeg"
    picture = (
        struct.pack(">II", 3, len(kind)) + kind + struct.pack(">I", 0)
        + struct.pack(">5I", width, height, 24, 0, len(content)) + content
    )  # fmt: skip
    block = bytes([6]) + len(picture).to_bytes(3, "big") + picture
    path.write_bytes(song[:42] + block + song[42:])


@odd("external-reference.mov", REPORT, "damaged_file", encoders=("mpeg4", "aac"))
def _external_reference(path: Path) -> None:
    """A QuickTime alias: the media data are said to lie in another file."""
    write_media(path, frames=moving(160, 120, 12), sound=tone(1.2), video_codec="mpeg4")
    name = b"secret/segment.ts"
    absolute = struct.pack(">HH", 2, len(name) + len(name) % 2) + name + b"\0" * (len(name) % 2)
    record = (
        bytes(10) + bytes([0]) + bytes(27) + bytes(12) + bytes([len(name)]) + name.ljust(63, b"\0")
        + bytes(16) + struct.pack(">HH", 1, 1) + bytes(16) + absolute
        + struct.pack(">HH", 0xFFFF, 0)
    )  # fmt: skip
    content = path.read_bytes()
    start = content.index(b"dref") - 4
    (old_size,) = struct.unpack_from(">I", content, start)
    alias = boxes.box(b"alis", struct.pack(">I", 0) + record)
    dref = boxes.box(b"dref", struct.pack(">II", 0, 1) + alias)
    grown = bytearray(content)
    for parent in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        at = content.rindex(parent, 0, start) - 4
        (size,) = struct.unpack_from(">I", content, at)
        struct.pack_into(">I", grown, at, size + len(dref) - old_size)
    grown[start : start + old_size] = dref
    path.write_bytes(grown)


@odd("claims-65535-by-65535.mp4", "too_many_pixels", REPORT, "damaged_file", encoders=("mpeg4",))
def _huge_video(path: Path) -> None:
    write_media(path, frames=moving(160, 120, 12), video_codec="mpeg4")
    content = bytearray(path.read_bytes())
    struct.pack_into(">HH", content, content.index(b"mp4v") + 28, 65_535, 65_535)
    path.write_bytes(content)


@odd("claims-65535-by-65535.webm", "too_many_pixels", REPORT, "damaged_file", encoders=("libvpx",))
def _huge_webm(path: Path) -> None:
    write_media(path, frames=moving(320, 240, 12), video_codec="libvpx")
    content = path.read_bytes()
    # Matroska's PixelWidth (B0) and PixelHeight (BA), two bytes each
    wide = content.replace(b"\xb0\x82\x01\x40", b"\xb0\x82\xff\xff", 1)
    path.write_bytes(wide.replace(b"\xba\x81\xf0", b"\xba\x81\xff", 1))
