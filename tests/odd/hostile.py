"""Files and folder entries that try to make the reader do something else."""

import os
import zipfile
from pathlib import Path

from tests.odd import boxes
from tests.odd.catalogue import REPORT, odd
from tests.odd.encode import tone, upright_picture, write_media, write_picture


@odd("zip-bomb.mp4", "unknown_format")
def _zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(100_000_000))


@odd("playlist.mp4", "unknown_format")
def _playlist(path: Path) -> None:
    path.write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXTINF:9.0,\nsecret/segment.ts\n#EXT-X-ENDLIST\n"
    )


@odd("concat-script.mp4", "unknown_format")
def _concat(path: Path) -> None:
    path.write_text("ffconcat version 1.0\nfile secret/segment.ts\nduration 5\n")


@odd("dash-manifest.mp4", "unknown_format")
def _dash(path: Path) -> None:
    path.write_text(
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT9S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">'
        '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
        "<BaseURL>secret/segment.ts</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )


@odd("session-description.mp4", "unknown_format")
def _sdp(path: Path) -> None:
    path.write_text(
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n"
    )


@odd("drawing.svg", "unknown_format")
def _svg(path: Path) -> None:
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        '<image href="secret/segment.ts" width="9" height="9"/></svg>'
    )


@odd("playlist-after-ftyp.mp4", "unknown_format", "damaged_file")
def _polyglot(path: Path) -> None:
    path.write_bytes(
        boxes.box(b"ftyp", b"isom\0\0\2\0isom") + b"\n#EXTM3U\n#EXTINF:9.0,\nsecret/segment.ts\n"
    )


@odd("thousand-streams.mp4", "too_many_streams", encoders=("aac",))
def _thousand_streams(path: Path) -> None:
    write_media(path, sound=tone(0.5))
    boxes.repeat_track(path, 1000)


@odd("boxes-in-boxes.mp4", "damaged_file", "unknown_format", "nothing_to_analyse")
def _deep(path: Path) -> None:
    inner = b""
    for _ in range(5000):
        inner = boxes.box(b"moov", inner)
    path.write_bytes(boxes.box(b"ftyp", b"isom\0\0\2\0isom") + inner)


@odd("pattern-%03d.png")
def _pattern(path: Path) -> None:
    write_picture(path, upright_picture(320, 240))


@odd(os.fsdecode(b"name-\xff-\n-\xe5\x90\xac.wav"))
def _bad_name(path: Path) -> None:
    write_media(path, sound=tone(1.5), sound_codec="pcm_s16le", container_format="wav")


NOT_A_FILE = ("not_a_file", "not_readable")


@odd("link-to-a-photo.jpg", REPORT, *NOT_A_FILE)
def _link(path: Path) -> None:
    path.symlink_to("black.jpg")


@odd("link-to-passwd.mp4", *NOT_A_FILE, "unknown_format")
def _link_out(path: Path) -> None:
    path.symlink_to("/etc/passwd")


@odd("link-to-nothing.mp4", "not_found", *NOT_A_FILE)
def _link_dangling(path: Path) -> None:
    path.symlink_to("is-not-there.mp4")


@odd("link-to-itself.mp4", "not_found", *NOT_A_FILE)
def _link_loop(path: Path) -> None:
    path.symlink_to(path.name)


@odd("link-to-zeros.mp4", *NOT_A_FILE)
def _link_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@odd("pipe.mp4", *NOT_A_FILE)
def _pipe(path: Path) -> None:
    os.mkfifo(path)


@odd("folder-without-media.mp4", "no_media", *NOT_A_FILE)
def _folder(path: Path) -> None:
    path.mkdir()


# Root reads everything, so the report is then the honest outcome.
@odd("unreadable.png", *(NOT_A_FILE if os.geteuid() else (REPORT,)))
def _unreadable(path: Path) -> None:
    write_picture(path, upright_picture(320, 240))
    path.chmod(0)
