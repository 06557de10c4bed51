"""The same behaviour of a folder and of S3; what only one of them has comes after."""

import os
import time
from hashlib import sha256
from pathlib import Path

import pytest

from tests.s3 import CREDENTIALS
from tingzhen.errors import FileMissing, FilesUnavailable
from tingzhen.serving.files import FileStore, clip_prefix, open_files, original_key


def test_a_file_is_read_as_it_was_put(files: FileStore, tmp_path: Path) -> None:
    content = os.urandom(7_000_000)  # more than one part of an S3 upload
    source = tmp_path / "upload"
    source.write_bytes(content)
    files.put("clips/1/original", source)
    source.unlink()
    assert files.read("clips/1/original") == content
    size_bytes, pieces = files.stream("clips/1/original")
    assert size_bytes == len(content)
    assert b"".join(pieces) == content
    assert files.size_bytes("clips/1/original") == len(content)
    with files.open_local("clips/1/original") as path:
        assert path.read_bytes() == content


def test_bytes_replace_what_was_there(files: FileStore) -> None:
    files.put_bytes("clips/1/sound.wav", b"first")
    files.put_bytes("clips/1/sound.wav", b"")
    assert files.read("clips/1/sound.wav") == b""


def test_the_same_content_is_kept_once(files: FileStore, tmp_path: Path) -> None:
    keys = []
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"the same clip")
        keys.append(files.keep_original(tmp_path / name, sha256(b"the same clip").hexdigest()))
        (tmp_path / name).unlink()
    assert keys == [original_key(sha256(b"the same clip").hexdigest())] * 2
    assert [file.key for file in files.files()] == keys[:1]


def test_an_original_that_was_cut_short_is_put_again(files: FileStore, tmp_path: Path) -> None:
    digest = sha256(b"the whole clip").hexdigest()
    files.put_bytes(original_key(digest), b"the wh")
    (tmp_path / "a").write_bytes(b"the whole clip")
    assert files.read(files.keep_original(tmp_path / "a", digest)) == b"the whole clip"


def test_files_are_listed_and_deleted_by_their_beginning(files: FileStore) -> None:
    for key in ("clips/1/a", "clips/1/b/c", "clips/12/a", "originals/aa/bb"):
        files.put_bytes(key, key.encode())
    assert sorted(file.key for file in files.files(clip_prefix("1"))) == [
        "clips/1/a",
        "clips/1/b/c",
    ]
    files.delete_all(clip_prefix("1"))
    assert sorted((file.key, file.size_bytes) for file in files.files()) == [
        ("clips/12/a", 10),
        ("originals/aa/bb", 15),
    ]
    assert not files.exists("clips/1/a")
    files.delete("clips/1/a")


def test_what_is_missing_is_said(files: FileStore) -> None:
    assert not files.exists("clips/1/a")
    for read in (files.read, files.size_bytes, files.stream):
        with pytest.raises(FileMissing, match="clips/1/a"):
            read("clips/1/a")
    with pytest.raises(FileMissing), files.open_local("clips/1/a"):
        pass


def test_a_store_that_answers_passes_its_check(files: FileStore) -> None:
    files.check()
    assert list(files.files()) == []


@pytest.mark.parametrize("key", ["../secret", "clips/../../secret", "/etc/passwd", "clips//a", ""])
def test_a_key_never_leaves_the_folder(tmp_path: Path, key: str) -> None:
    files = open_files(str(tmp_path / "files"))
    with pytest.raises(ValueError, match="not a key"):
        files.put_bytes(key, b"x")


def test_a_folder_copies_nothing_on_the_same_disk(tmp_path: Path) -> None:
    files = open_files(f"file://{tmp_path}/my%20files")
    source = tmp_path / "upload"
    source.write_bytes(b"clip")
    files.put("clips/1/original", source)
    with files.open_local("clips/1/original") as kept:
        assert kept.samefile(source)
        assert kept == tmp_path / "my files" / "clips" / "1" / "original"
    files.put("clips/1/original", kept)
    assert files.read("clips/1/original") == b"clip"


def test_a_file_of_another_disk_is_copied(tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system")
    source = memory / f"tingzhen-{tmp_path.name}-{os.getpid()}"
    source.write_bytes(b"clip")
    try:
        files = open_files(str(tmp_path / "files"))
        files.put("clips/1/original", source)
    finally:
        source.unlink()
    assert files.read("clips/1/original") == b"clip"


def test_what_a_stop_left_behind_is_removed_a_day_later(tmp_path: Path) -> None:
    open_files(str(tmp_path)).put_bytes("clips/1/a", b"a")
    old, young = tmp_path / ".staging" / "old", tmp_path / ".staging" / "young"
    for file in (old, young):
        file.write_bytes(b"half")
    two_days_ago = time.time() - 2 * 86_400
    os.utime(old, (two_days_ago, two_days_ago))
    assert [file.key for file in open_files(str(tmp_path)).files()] == ["clips/1/a"]
    assert not old.exists()
    assert young.exists()


@pytest.mark.parametrize("url", ["/proc/no/files", "ftp://somewhere/else", "s3://"])
def test_a_store_that_cannot_be_used_is_said_in_a_sentence(url: str) -> None:
    with pytest.raises(FilesUnavailable) as caught:
        open_files(url)
    assert "TINGZHEN_FILES_URL" in caught.value.text.en
    assert "TINGZHEN_FILES_URL" in caught.value.text.zh


def test_a_bucket_that_is_not_there_is_said(
    s3_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    files = open_files("s3://no-such-bucket", s3_endpoint=s3_server)
    with pytest.raises(FilesUnavailable, match="s3://no-such-bucket"):
        files.put_bytes("clips/1/a", b"a")
