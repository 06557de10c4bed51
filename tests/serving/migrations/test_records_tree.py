"""Databases of the service from every landed version reach the newest revision with all clips."""

import json
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from tests.postgres import on_both_databases
from tests.serving.migrations.landed_databases import make_landed
from tests.serving.migrations.missing import missing
from tingzhen.errors import DatabaseNewer, RecordsUnavailable
from tingzhen.serving.migrations import TREES, revision, tree
from tingzhen.serving.records import (
    ClipFilter,
    clip,
    clips_page,
    count_clips,
    open_records,
    reading,
)
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.records.urgency import urgency_of

REPORT = {
    "clip": {"kind": "video"},
    "noise": {"verdict": "abnormal"},
    "damage": {"verdict": "no_video"},
    "diagnosis": {
        "drive": "soon",
        "causes": [
            {"severity": "minor", "probability": 0.5},
            {"severity": "serious", "probability": 0.3},
            {"severity": "dangerous", "probability": 0.1},
        ],
    },
    "models": {
        "noise": {"name": "noise", "version": "2", "sha256": "ab"},
        "damage": {"name": "damage", "version": "3", "sha256": "cd"},
    },
}


def landed_clips(url: str, count: int) -> None:
    """A database of the first version with some clips."""
    make_landed(url, "clips")
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.executemany(
            "INSERT INTO clips VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (f"{n:032x}", f"2026-03-01 08:{n // 60:02}:{n % 60:02}.500000", f"听 {n}.mp4",
                 f"{n:064x}", 1000 + n, f"clips/{n:032x}/original",
                 json.dumps({"vehicle": {"make": "BYD"}} if n % 2 else {}),
                 json.dumps({"zh": n}), json.dumps(REPORT | {"en": n}))
                for n in range(count)
            ],
        )  # fmt: skip
        connection.commit()


def test_what_a_database_lacks_is_seen(database_url: str) -> None:
    landed_clips(database_url, 1)
    records = open_records(database_url)
    with records.connect() as connection:
        found = missing(connection, "records")
    records.dispose()
    assert "create_table('clip_events'" in found
    assert "sa.Column('owner'" in found


@on_both_databases
def test_a_new_database_has_the_tables_of_the_code(records: Engine) -> None:
    with records.connect() as connection:
        found = missing(connection, "records")
    assert found == "", f"a revision is missing; it needs:\n{found}"
    assert revision(records, "records") == tree("records").head


def test_clips_of_the_first_version_are_done_clips(database_url: str) -> None:
    landed_clips(database_url, 450)
    records = open_records(database_url)
    upgrade_records(records)
    with records.connect() as connection:
        assert missing(connection, "records") == ""
        assert "clips_0001" not in inspect(connection).get_table_names()
    with reading(records) as session:
        assert count_clips(session, ClipFilter(states={"done"}, owner="anonymous")) == 450
        assert clips_page(session, ClipFilter(make="BYD"), limit=1)[0].id == f"{449:032x}"
        found = clip(session, f"{3:032x}")
    assert found.created_at == datetime(2026, 3, 1, 8, 0, 3, 500_000, tzinfo=UTC)
    assert (found.label, found.kind, found.file_key) == (
        "听 3.mp4", "video", f"clips/{3:032x}/original",
    )  # fmt: skip
    assert (found.noise_verdict, found.damage_verdict) == ("abnormal", "no_video")
    assert (found.drive, found.severity) == ("soon", "serious")
    ranked = urgency_of(state="done", drive="soon", severity="serious", confirmed=False)
    assert found.urgency == ranked
    assert (found.noise_model, found.damage_model) == ("noise 2 ab", "damage 3 cd")
    assert json.loads(found.report("zh") or "") == {"zh": 3}
    assert json.loads(found.report("en") or "")["en"] == 3
    records.dispose()


def test_reports_that_cannot_be_read_do_not_stop_a_migration(database_url: str) -> None:
    landed_clips(database_url, 2)
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE clips SET report_en = '{', circumstances = '[]'")
        connection.commit()
    records = open_records(database_url)
    upgrade_records(records)
    with reading(records) as session:
        found = clip(session, f"{1:032x}")
    assert (found.state, found.kind, found.make, found.report_en) == ("done", None, None, "{")
    records.dispose()


@pytest.mark.slow
def test_processes_that_start_at_once_take_turns(database_url: str) -> None:
    landed_clips(database_url, 30)
    script = (
        "import sys\n"
        "from tingzhen.serving.records import open_records\n"
        "from tingzhen.serving.records.schema import upgrade_records\n"
        "sys.stdin.readline()\n"
        "upgrade_records(open_records(sys.argv[1]))\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, database_url],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    records = open_records(database_url)
    with reading(records) as session:
        assert count_clips(session, ClipFilter()) == 30
    records.dispose()


@on_both_databases
def test_threads_that_start_at_once_take_turns(database_url: str) -> None:
    failed: list[Exception] = []
    begin = threading.Barrier(4)

    def start() -> None:
        records = open_records(database_url)
        begin.wait()
        try:
            upgrade_records(records)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
            failed.append(error)
        records.dispose()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_databases_that_are_migrated_at_once_are_not_mixed_up(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / name}.sqlite3" for name in "abcd"]
    for url in urls:
        landed_clips(url, 20)
    begin = threading.Barrier(len(urls))

    def start(url: str) -> int:
        records = open_records(url)
        begin.wait()
        upgrade_records(records)
        with reading(records) as session:
            count = count_clips(session, ClipFilter())
        records.dispose()
        return count

    with ThreadPoolExecutor(len(urls)) as pool:
        assert list(pool.map(start, urls)) == [20] * 4


def test_a_migration_that_fails_changes_nothing(database_url: str) -> None:
    landed_clips(database_url, 3)
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("CREATE TABLE workers (somebody TEXT)")
        before = list(connection.iterdump())
    records = open_records(database_url)
    with pytest.raises(RecordsUnavailable, match="workers already exists"):
        upgrade_records(records)
    records.dispose()
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        assert list(connection.iterdump()) == before


@on_both_databases
def test_a_database_of_a_newer_version_is_refused(records: Engine) -> None:
    with records.begin() as connection:
        connection.execute(text("UPDATE records_version SET version_num = '9999'"))
    with pytest.raises(DatabaseNewer, match="9999"):
        upgrade_records(records)


def test_foreign_keys_hold_after_migrating(records: Engine) -> None:
    with pytest.raises(RecordsUnavailable, match="FOREIGN KEY"), reading(records) as session:
        session.execute(
            text("INSERT INTO clip_frames VALUES ('none', 0, 0.5, 'key')"),
        )


def test_revisions_count_up() -> None:
    for name in TREES:
        wanted = tree(name)
        found = sorted(file.stem[1:5] for file in wanted.folder.glob("r*.py"))
        assert found == [f"{n:04}" for n in range(1, len(found) + 1)]
        assert wanted.head == found[-1]
