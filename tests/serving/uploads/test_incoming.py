"""Files on their way in, on a real disk: checked, limited, and never left behind."""

import errno
import hashlib
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving.examples import tone
from tingzhen.errors import EmptyFile, StorageFull, TooLarge, UnknownFormat
from tingzhen.serving.sound import encode_wav
from tingzhen.serving.uploads.incoming import (
    Incoming,
    clear_left_overs,
    require_room,
    storage_errors,
)

SOUND = encode_wav(tone(1.0))


def test_what_arrived_is_on_disk_with_its_hash(tmp_path: Path) -> None:
    incoming = Incoming(tmp_path, most_bytes=len(SOUND), announced_bytes=len(SOUND))
    for start in range(0, len(SOUND), 1000):
        incoming.write(memoryview(SOUND)[start : start + 1000])
    received = incoming.finish()
    assert received.path.read_bytes() == SOUND
    assert received.size_bytes == len(SOUND)
    assert received.sha256 == hashlib.sha256(SOUND).hexdigest()
    assert received.path.stat().st_mode & 0o777 == 0o600
    incoming.discard()
    assert list(tmp_path.iterdir()) == []
    incoming.discard()


def test_no_byte_more_than_is_accepted(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        Incoming(tmp_path, most_bytes=100, announced_bytes=101)
    assert list(tmp_path.iterdir()) == []
    incoming = Incoming(tmp_path, most_bytes=100)
    incoming.write(bytes(100))
    with pytest.raises(TooLarge, match=r"0\.0001 MB"):
        incoming.write(b"x")
    assert incoming.path.stat().st_size == 100
    incoming.discard()


@pytest.mark.parametrize(
    ("content", "error"), [(b"", EmptyFile), (b"only words, no clip", UnknownFormat)]
)
def test_what_is_no_clip_is_told_at_once(
    tmp_path: Path, content: bytes, error: type[Exception]
) -> None:
    incoming = Incoming(tmp_path, most_bytes=100)
    incoming.write(content)
    with pytest.raises(error):
        incoming.finish()
    incoming.discard()
    assert list(tmp_path.iterdir()) == []


def test_more_than_the_disk_has_room_for_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(StorageFull) as caught:
        Incoming(tmp_path, most_bytes=1 << 62, announced_bytes=1 << 62)
    assert caught.value.retry_after_s
    with pytest.raises(StorageFull):
        require_room(tmp_path, 1 << 62)


def test_a_disk_that_fills_up_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(StorageFull), storage_errors(), open("/dev/full", "wb", 0) as full:  # noqa: PTH123
        full.write(b"x")
    with pytest.raises(PermissionError), storage_errors():
        raise PermissionError(errno.EACCES, "no")


def test_a_file_that_may_not_grow_leaves_nothing(tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    program = (
        "import sys; from pathlib import Path\n"
        "from tingzhen.errors import StorageFull\n"
        "from tingzhen.serving.uploads.incoming import Incoming\n"
        "incoming = Incoming(Path(sys.argv[1]), most_bytes=1 << 20)\n"
        "try:\n    incoming.write(bytes(8192))\n"
        "except StorageFull:\n    incoming.discard(); sys.exit(7)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], preexec_fn=limit, check=False)
    assert done.returncode == 7
    assert list(tmp_path.iterdir()) == []


def test_left_overs_go_but_not_what_is_being_received(tmp_path: Path) -> None:
    living = Incoming(tmp_path, most_bytes=10)
    (tmp_path / "cut-short").write_bytes(b"half an upload")
    assert clear_left_overs(tmp_path) == 1
    assert list(tmp_path.iterdir()) == [living.path]
    os.close(living._fd)  # as when its process dies
    living._fd = -1
    assert clear_left_overs(tmp_path) == 1
