"""The database itself: opened, durable, and what is said when it cannot be used."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.postgres import on_both_databases
from tests.serving.records.example_clips import example_clip
from tingzhen.errors import RecordsUnavailable, StorageFull
from tingzhen.serving.records import add_clip, open_records, reading, writing
from tingzhen.serving.records.schema import upgrade_records


def test_the_folder_is_made_and_commits_are_durable(tmp_path: Path) -> None:
    records = open_records(f"sqlite:///{tmp_path / 'new' / 'folder' / 'records.sqlite3'}")
    with reading(records) as session:
        modes = [
            session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    records.dispose()
    assert modes == ["wal", 2, 1]


@on_both_databases
def test_making_the_tables_twice_is_fine(records: Engine) -> None:
    upgrade_records(records)


@pytest.mark.parametrize(
    "url",
    [
        "no address at all",
        "oracle://somewhere/else",
        "sqlite:////proc/no/records.sqlite3",
        "postgresql+psycopg://nobody@127.0.0.1:1/none",
    ],
)
def test_a_database_that_cannot_be_used_is_said_in_a_sentence(url: str) -> None:
    with pytest.raises(RecordsUnavailable) as caught:
        records = open_records(url)
        with reading(records) as session:
            session.execute(text("SELECT 1"))
    assert "TINGZHEN_DATABASE_URL" in caught.value.text.en
    assert "TINGZHEN_DATABASE_URL" in caught.value.text.zh


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    file = tmp_path / "records.sqlite3"
    file.write_bytes(b"these are words and no database\n" * 100)
    with pytest.raises(RecordsUnavailable, match="not a database"):
        upgrade_records(open_records(f"sqlite:///{file}"))


def test_a_full_database_is_said(tmp_path: Path) -> None:
    records = open_records(f"sqlite:///{tmp_path / 'records.sqlite3'}")
    upgrade_records(records)
    with pytest.raises(StorageFull), writing(records) as session:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count={pages}"))
        add_clip(session, example_clip(1, label="x" * 200_000))
    records.dispose()


def test_a_database_that_stays_locked_is_said(tmp_path: Path) -> None:
    file = tmp_path / "records.sqlite3"
    records = open_records(f"sqlite:///{file}")
    upgrade_records(records)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with reading(records) as session:
            session.execute(text("PRAGMA busy_timeout=50"))
        with pytest.raises(RecordsUnavailable, match="locked"), writing(records) as session:
            add_clip(session, example_clip(1))
    records.dispose()
