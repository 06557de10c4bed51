"""Paths as a person gives them → the files to analyse, in a fixed order."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tingzhen.errors import ClipError, NoMedia, NotReadable
from tingzhen.language import Text
from tingzhen.media.sniff import SNIFF_BYTES, sniff

MEDIA_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".webm", ".mkv", ".avi"}
    | {".wav", ".mp3", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".flac", ".amr"}
    | {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"}
)


@dataclass(frozen=True, slots=True)
class Source:
    """One path to report on; error: why it cannot be, where that is known already."""

    path: Path
    error: ClipError | None = None


def find_media(paths: Iterable[str | os.PathLike[str]]) -> Iterator[Source]:
    """Files in the order given; a folder gives its files, and those below it, by name.

    Inside a folder a file counts if its name or its content is that of media, so that a README
    beside the clips is no error. Hidden entries are passed over, links to folders not followed.
    """
    for given in paths:
        path = Path(given)
        try:
            is_folder = stat.S_ISDIR(path.lstat().st_mode)
        except (OSError, ValueError):
            is_folder = False
        if is_folder:
            yield from _in_folder(path)
        else:
            yield Source(path)


def _in_folder(folder: Path) -> Iterator[Source]:
    found, unreadable = False, False

    def note(_: OSError) -> None:
        nonlocal unreadable
        unreadable = True

    for where, below, names in os.walk(folder, onerror=note):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            path = Path(where) / name
            if not name.startswith(".") and _is_media(path):
                found = True
                yield Source(path)
    if not found and unreadable:
        text = Text(
            "文件夹无法读取，请检查访问权限。", "The folder cannot be read. Check its permissions."
        )
        yield Source(folder, NotReadable(text))
    elif not found:
        text = Text(
            "文件夹里没有视频、音频或照片。请检查路径。",
            "The folder holds no video, audio file or photo. Check the path.",
        )
        yield Source(folder, NoMedia(text))


def _is_media(path: Path) -> bool:
    if path.suffix.lower() in MEDIA_SUFFIXES:
        return True
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        with path.open("rb") as file:
            return sniff(file.read(SNIFF_BYTES)) is not None
    except OSError:
        return False
