"""Clips that an earlier service kept beside the database that it was given."""

import threading
from pathlib import Path

import pytest

from tests.postgres import on_both_databases
from tests.serving.migrations.test_records_tree import landed_clips
from tingzhen.errors import RecordsUnavailable
from tingzhen.serving.clips.earlier import adopt_earlier_clips
from tingzhen.serving.files import FileStore, open_files
from tingzhen.serving.records import ClipFilter, clip, count_clips, open_records, reading
from tingzhen.serving.records.schema import upgrade_records


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Of an earlier service with 250 clips, of which one has lost its file."""
    folder = tmp_path / "data"
    folder.mkdir()
    landed_clips(f"sqlite:///{folder / 'records.sqlite3'}", 250)
    for number in range(249):
        file = folder / "files" / "clips" / f"{number:032x}" / "original"
        file.parent.mkdir(parents=True)
        file.write_text(f"clip {number}")
    return folder


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return open_files(str(tmp_path / "store"))


@on_both_databases
def test_they_are_taken_over_once_with_their_files(
    database_url: str, data_dir: Path, files: FileStore
) -> None:
    records = open_records(database_url)
    upgrade_records(records)
    taken: list[int] = []
    begin = threading.Barrier(3)

    def adopt() -> None:
        begin.wait()
        taken.append(adopt_earlier_clips(data_dir, records, files))

    threads = [threading.Thread(target=adopt) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 250
    with reading(records) as session:
        assert count_clips(session, ClipFilter(states={"done"})) == 250
        key = clip(session, f"{7:032x}").file_key
    records.dispose()
    assert files.read(key) == b"clip 7"
    assert len(list(files.files())) == 249
    assert sorted(path.name for path in data_dir.iterdir() if path.is_file()) == [
        "records.sqlite3.adopted"
    ]


def test_what_is_cut_short_goes_on(database_url: str, data_dir: Path, files: FileStore) -> None:
    records = open_records(database_url)
    upgrade_records(records)
    adopt_earlier_clips(data_dir, records, files)
    (data_dir / "records.sqlite3.adopted").rename(data_dir / "records.sqlite3")
    assert adopt_earlier_clips(data_dir, records, files) == 0
    assert not (data_dir / "records.sqlite3").exists()
    records.dispose()


def test_a_database_of_its_own_is_left_alone(
    database_url: str, tmp_path: Path, files: FileStore
) -> None:
    records = open_records(database_url)
    upgrade_records(records)
    other = open_records(f"sqlite:///{tmp_path / 'records.sqlite3'}")
    upgrade_records(other)
    other.dispose()
    assert adopt_earlier_clips(tmp_path, records, files) == 0
    assert (tmp_path / "records.sqlite3").exists()
    records.dispose()


def test_a_file_that_is_no_database_is_said(
    database_url: str, tmp_path: Path, files: FileStore
) -> None:
    records = open_records(database_url)
    (tmp_path / "records.sqlite3").write_bytes(b"words, no database" * 100)
    with pytest.raises(RecordsUnavailable, match="cannot be read"):
        adopt_earlier_clips(tmp_path, records, files)
    records.dispose()
