"""Files of a local folder that are on disk, whole and under their name, before a call returns."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

_LINK_REFUSED = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.EACCES)


def place_file(source: Path, target: Path, staging: Path) -> None:
    """Make `target` hold what `source` holds. On one file system nothing is copied: both are then
    the same file, so write to neither afterwards. staging: on the file system of target.

    Raises OSError.
    """
    with _staged(target, staging) as staged:
        try:
            os.link(source, staged)
        except OSError as error:
            if error.errno not in _LINK_REFUSED:
                raise
            shutil.copyfile(source, staged)


def place_bytes(content: bytes, target: Path, staging: Path) -> None:
    """Make `target` hold the content. Raises OSError."""
    with _staged(target, staging) as staged:
        staged.write_bytes(content)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each safe in the one above. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
    sync(folder.parent)


def remove_file(file: Path) -> None:
    """Remove a file for good; one that is not there is fine. Raises OSError."""
    try:
        file.unlink()
    except FileNotFoundError:
        return
    sync(file.parent)


def remove_empty(folder: Path) -> None:
    """Remove a folder and those in it, as far as there are no files in them."""
    for path, _, _ in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            Path(path).rmdir()


def sync(path: Path) -> None:
    """Wait until a file or the names in a folder are on disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _staged(target: Path, staging: Path) -> Iterator[Path]:
    """A name to write to, which becomes the target when all of it is on disk."""
    make_folder(staging)
    make_folder(target.parent)
    staged = staging / uuid4().hex
    try:
        yield staged
        sync(staged)
        staged.replace(target)
        sync(target.parent)
    finally:
        # Also where both names are the same file, which renaming leaves as they are (POSIX).
        staged.unlink(missing_ok=True)
