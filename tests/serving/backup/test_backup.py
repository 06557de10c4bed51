"""A backup holds everything, whatever goes on meanwhile, and comes back in any empty place."""

import shutil
import sqlite3
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.s3 import CREDENTIALS, new_bucket
from tests.serving.backup.place import content_of, contents, fill, new_place, rows, store_of
from tests.serving.migrations.test_records_tree import landed_clips
from tests.serving.records.example_clips import START, example_clip
from tingzhen.diagnosis.cases.tables import CASES
from tingzhen.errors import (
    BackupInvalid,
    BackupUnwritable,
    DatabaseNewer,
    RestoreRefused,
    StorageFull,
)
from tingzhen.serving.backup import back_up, restore
from tingzhen.serving.cases.in_use import open_store
from tingzhen.serving.jobs.sweep import Sweep
from tingzhen.serving.records import (
    ClipFilter,
    add_clip,
    append_event,
    clip,
    clips_page,
    count_clips,
    delete_clip,
    events_after,
    open_records,
    reading,
    writing,
)
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.service import build_service
from tingzhen.serving.settings import Settings


def is_same(place: Settings, filled: Settings) -> bool:
    """Everything is there; what was not finished waits."""
    expected = rows(filled)
    for row in expected["clips"]:
        row["state"] = "waiting" if row["state"] == "running" else row["state"]
    assert rows(place) == expected
    assert contents(place) == contents(filled)
    key = "vehicle.key"
    assert (place.data_dir / key).read_bytes() == (filled.data_dir / key).read_bytes()
    return True


def test_everything_comes_back(filled: Settings, saved: Path, tmp_path: Path) -> None:
    place = new_place(tmp_path / "new")
    restored = restore(place, saved)
    assert (restored.clips, restored.cases, restored.files, restored.unfinished) == (4, 2, 9, 2)
    assert is_same(place, filled)
    assert saved.stat().st_mode & 0o777 == 0o600
    assert not list(place.data_dir.glob(".restoring-*"))
    assert not [file for file in saved.parent.iterdir() if file != saved]


def test_numbers_go_on_after_a_restore(saved: Path, tmp_path: Path) -> None:
    place = new_place(tmp_path / "new")
    restore(place, saved)
    numbers_go_on(place)


def numbers_go_on(place: Settings) -> None:
    records = open_records(place.records_url())
    with writing(records) as session:
        event = append_event(session, f"{0:032x}", "report", {}, at=START)
    records.dispose()
    assert event.seq == 5


@pytest.mark.slow
def test_from_sqlite_and_a_folder_to_postgres_and_s3_and_back(  # noqa: PLR0917 - fixtures
    filled: Settings, saved: Path, tmp_path: Path, postgres_url: str, s3_server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    bucket = new_bucket(s3_server)
    far = new_place(
        tmp_path / "far", database_url=postgres_url,
        files_url=bucket.url, s3_endpoint=bucket.endpoint,
    )  # fmt: skip
    restore(far, saved)
    assert is_same(far, filled)
    back_up(far, tmp_path / "second.backup")
    numbers_go_on(far)
    near = new_place(tmp_path / "near")
    restore(near, tmp_path / "second.backup")
    assert is_same(near, filled)


@pytest.mark.slow
def test_a_backup_while_others_write_is_of_one_moment(tmp_path: Path) -> None:
    place = new_place(tmp_path / "data")
    fill(place)
    stop, failed = threading.Event(), []

    def write() -> None:
        records, files, number = open_records(place.records_url()), store_of(place), 10
        try:
            while not stop.is_set():
                key = f"originals/{number % 100:02}/{number:064x}"
                files.put_bytes(key, content_of(number))
                with writing(records) as session:
                    add_clip(session, example_clip(number, file_key=key))
                    append_event(session, f"{number:032x}", "accepted", {}, at=START)
                if number % 3 == 0:
                    with writing(records) as session:
                        gone = clip(session, f"{number - 2:032x}").file_key
                        delete_clip(session, f"{number - 2:032x}")
                    files.delete(gone)
                number += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
            failed.append(error)
        records.dispose()

    writer = threading.Thread(target=write)
    writer.start()
    saved = [back_up(place, tmp_path / f"{n}.backup") for n in range(3)]
    stop.set()
    writer.join()
    assert failed == []
    for number, made in enumerate(saved):
        new = new_place(tmp_path / f"new{number}")
        assert restore(new, tmp_path / f"{number}.backup").clips == made.clips
        assert made.missing == ()
        records = open_records(new.records_url())
        with reading(records) as session:
            kept = clips_page(session, ClipFilter(), limit=10_000)
            with_events = {event.clip_id for event in events_after(session, limit=10_000)}
        records.dispose()
        assert {record.id for record in kept} == with_events
        assert all(store_of(new).exists(record.file_key) for record in kept)


@pytest.mark.slow
def test_a_lost_file_is_told_and_its_clip_stays(tmp_path: Path) -> None:
    place = new_place(tmp_path / "data")
    fill(place)
    lost = next(file.key for file in store_of(place).files("originals/"))
    store_of(place).delete(lost)
    saved = back_up(place, tmp_path / "a.backup")
    assert saved.missing == (lost,)
    assert restore(new_place(tmp_path / "new"), tmp_path / "a.backup").clips == 4


def test_a_place_that_is_not_empty_is_refused_and_unchanged(
    filled: Settings, saved: Path, tmp_path: Path
) -> None:
    before = rows(filled)
    with pytest.raises(RestoreRefused, match="not empty"):
        restore(filled, saved)
    assert rows(filled) == before
    with_file = new_place(tmp_path / "file")
    store_of(with_file).put_bytes("originals/other", b"x")
    with pytest.raises(RestoreRefused, match="originals/other"):
        restore(with_file, saved)
    with_key = new_place(tmp_path / "key")
    with_key.data_dir.mkdir()
    (with_key.data_dir / "vehicle.key").write_text("another")
    with pytest.raises(RestoreRefused, match="another key"):
        restore(with_key, saved)
    assert (with_key.data_dir / "vehicle.key").read_text() == "another"


def test_empty_tables_and_a_restore_cut_short_are_no_hindrance(
    filled: Settings, saved: Path, tmp_path: Path
) -> None:
    place = new_place(tmp_path / "new")
    records = open_records(place.records_url())
    upgrade_records(records)
    records.dispose()
    open_store(place.cases_url()).close()
    shutil.copytree(filled.data_dir / "files" / "originals", place.data_dir / "files" / "originals")
    restore(place, saved)
    assert is_same(place, filled)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "words", "more", "renamed"])
def test_a_damaged_archive_is_said_and_nothing_restored(
    saved: Path, tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "damaged.backup"
    content = bytearray(saved.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        place = content.index("clip 2 听".encode())
        content[place] ^= 1
    elif damage == "empty":
        content = bytearray()
    elif damage == "words":
        content = bytearray(b"no archive at all\n" * 100)
    file.write_bytes(content)
    if damage in ("more", "renamed"):
        with tarfile.open(file, "a") as tar:
            info = tarfile.TarInfo("files/more" if damage == "more" else "manifest.json")
            tar.addfile(info)
    place_ = new_place(tmp_path / "new")
    with pytest.raises(BackupInvalid) as caught:
        restore(place_, file)
    assert "nothing was restored" in caught.value.text.en
    assert not place_.data_dir.exists()


def test_every_byte_counts(saved: Path, tmp_path: Path) -> None:
    """Whatever byte of an entry's content is wrong, it is seen."""
    with tarfile.open(saved) as tar:
        places = [(m.offset_data, m.size) for m in tar if m.size]
    for offset, size in places:
        content = bytearray(saved.read_bytes())
        content[offset + size // 2] ^= 0x20
        (tmp_path / "damaged").write_bytes(content)
        with pytest.raises(BackupInvalid):
            restore(new_place(tmp_path / "new"), tmp_path / "damaged")
    assert not (tmp_path / "new").exists()


def test_a_missing_archive_is_said(tmp_path: Path) -> None:
    with pytest.raises(BackupInvalid, match="No such file"):
        restore(new_place(tmp_path / "new"), tmp_path / "none")


def test_a_backup_of_a_newer_version_is_refused(filled: Settings, tmp_path: Path) -> None:
    shutil.copytree(filled.data_dir, tmp_path / "data")
    place = new_place(tmp_path / "data")
    with closing(sqlite3.connect(tmp_path / "data" / "records.sqlite3")) as connection:
        connection.execute("UPDATE records_version SET version_num = '9999'")
        connection.commit()
    back_up(place, tmp_path / "a.backup")
    with pytest.raises(DatabaseNewer, match="newer version"):
        restore(new_place(tmp_path / "new"), tmp_path / "a.backup")


def test_a_backup_of_the_first_version_is_migrated(tmp_path: Path) -> None:
    old = new_place(tmp_path / "old")
    old.data_dir.mkdir()
    landed_clips(old.records_url(), 3)
    for number in range(3):
        store_of(old).put_bytes(f"clips/{number:032x}/original", content_of(number))
    saved = back_up(old, tmp_path / "a.backup")
    assert (saved.clips, saved.missing) == (3, ())
    new = new_place(tmp_path / "new")
    assert restore(new, tmp_path / "a.backup").clips == 3
    records = open_records(new.records_url())
    with reading(records) as session:
        assert count_clips(session, ClipFilter(states={"done"}, make="BYD")) == 1
    records.dispose()
    assert store_of(new).read(f"clips/{2:032x}/original") == content_of(2)


def test_an_empty_service_can_be_saved_and_restored(tmp_path: Path) -> None:
    saved = back_up(new_place(tmp_path / "old"), tmp_path / "a.backup")
    assert (saved.clips, saved.cases, saved.files) == (0, 0, 0)
    restore(new_place(tmp_path / "new"), tmp_path / "a.backup")
    assert rows(new_place(tmp_path / "new"))["clips"] == []


def test_a_file_that_is_there_is_never_written_over(filled: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.backup").write_text("precious")
    with pytest.raises(BackupUnwritable, match="there is a file of that name"):
        back_up(filled, tmp_path / "a.backup")
    assert (tmp_path / "a.backup").read_text() == "precious"
    with pytest.raises(BackupUnwritable, match="No such file"):
        back_up(filled, tmp_path / "none" / "a.backup")


def test_a_full_disk_is_said_and_leaves_nothing(filled: Settings) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    from tingzhen.serving.backup.save import _written

    with (
        pytest.raises(StorageFull),
        _written(Path("a.backup")),
        Path("/dev/full").open("wb") as full,
    ):
        full.write(b"x" * 100_000)


def test_progress_reaches_the_end(filled: Settings, tmp_path: Path) -> None:
    shares: list[float] = []
    back_up(filled, tmp_path / "a.backup", shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_references_within_cases_come_back(saved: Path, tmp_path: Path) -> None:
    place = new_place(tmp_path / "new")
    restore(place, saved)
    engine = create_engine(place.cases_url())
    with engine.connect() as connection:
        told = {row.id: row.duplicate_of for row in connection.execute(CASES.select())}
    engine.dispose()
    assert told == {"first": "second", "second": None}


@pytest.mark.slow
def test_unfinished_clips_are_handed_in_after_a_restore(saved: Path, tmp_path: Path) -> None:
    place = new_place(tmp_path / "new")
    restore(place, saved)
    service = build_service(place)
    try:
        assert service.jobs.client.list_workflows() == []
        Sweep(service).run()
        waiting = {job.workflow_id for job in service.jobs.client.list_workflows()}
    finally:
        service.close()
    assert waiting == {f"{1:032x}", f"{2:032x}"}
