"""Small, whole files of every accepted kind, for mutations to start from."""

from pathlib import Path

from PIL import Image

from tests.odd.catalogue import CASES, write_case
from tests.odd.encode import moving, tone, upright_picture, write_media
from tests.odd.files import CASE_NAMES

# Of the odd files: each container, coding and photo format, and some that are odd already.
_ODD = (
    "turned-90.mp4", "edit-list.mp4", "wide-pixels.mp4", "ten-bit.mp4", "hdr-pq.mp4", "iphone.mov",
    "vp8.webm", "vp9.webm", "av1.mkv", "dashcam.avi", "old-phone.3gp", "voice-memo.m4a", "raw.aac",
    "message.amr", "message.opus", "message.ogg", "lossless.flac", "song.mp3", "clipped.wav",
    "photo.webp", "photo-turned-by-exif.jpg", "see-through.png", "sixteen-bit-grey.png",
    "subtitles-and-data.mkv", "subtitles.mp4", "song-with-a-cover.mp3", "cover.flac",
    "external-reference.mov", "eight-channels.flac",
)  # fmt: skip


def write_seeds(folder: Path) -> list[Path]:
    """Write the seeds into `folder` and return those whose encoders are here, by name."""
    missing = set(_ODD) - set(CASE_NAMES)
    if missing:
        raise LookupError(f"no odd file is called {sorted(missing)}")
    made = [write_case(case, folder) for case in CASES if case.name in _ODD]
    paths = [odd.path for odd in made if not odd.skipped]
    for name, codec, options in (
        ("phone-h264.mp4", "libx264", {"preset": "ultrafast", "g": "4", "bf": "2"}),
        ("phone-hevc.mp4", "libx265", {"preset": "ultrafast", "x265-params": "log-level=none"}),
        ("fragmented.mp4", "libx264", {"preset": "ultrafast", "g": "4"}),
    ):
        path = folder / name
        write_media(
            path, frames=moving(160, 120, 8), video_codec=codec, video_options=options,
            sound=tone(0.8),
            container_options={"movflags": "frag_keyframe+empty_moov"} if "frag" in name else None,
        )  # fmt: skip
        paths.append(path)
    return sorted([*paths, _heic(folder)])


def _heic(folder: Path) -> Path:
    import pillow_heif

    pillow_heif.register_heif_opener()
    path = folder / "photo.heic"
    Image.fromarray(upright_picture(160, 120)).save(path, "HEIF", quality=50)
    return path
