"""Clips of a service that kept them in the data folder although it was given a database.

Before the database was for clips too, `TINGZHEN_DATABASE_URL` named that of cases alone.
"""

import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, insert, inspect, select
from sqlalchemy.orm import Session

from tingzhen.serving.files import FileStore
from tingzhen.serving.logs import log
from tingzhen.serving.migrations import revision
from tingzhen.serving.records import Base, lock_name, open_records, writing
from tingzhen.serving.records.database import reported
from tingzhen.serving.records.schema import upgrade_records

_PAGE = 200


def adopt_earlier_clips(data_dir: Path, records: Engine, files: FileStore) -> int:
    """Take the clips of `records.sqlite3` in the data folder over, with their files, if that is of
    such a service; it is renamed then. Processes take turns. Returns how many were taken.

    Raises RecordsUnavailable, FilesUnavailable, StorageFull.
    """
    old = data_dir / "records.sqlite3"
    if not old.is_file() or not _of_before(old):
        return 0
    with TemporaryDirectory(prefix=".adopting-", dir=data_dir) as folder:
        copy = Path(folder) / "records.sqlite3"
        with closing(sqlite3.connect(old)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        earlier = open_records(f"sqlite:///{copy}")
        try:
            upgrade_records(earlier)
            with writing(records) as session:
                lock_name(session, "adopt")
                if not old.is_file():
                    return 0  # another process has done it
                taken = _take(earlier, session, files, data_dir / "files")
        finally:
            earlier.dispose()
    with contextlib.suppress(FileNotFoundError):  # by another process, which found all known
        old.replace(old.with_name(f"{old.name}.adopted"))
    log.info("earlier clips taken over", extra={"clips": taken})
    return taken


def _of_before(old: Path) -> bool:
    """Whether the database is of the first version: with clips, and without revisions."""
    engine = open_records(f"sqlite:///{old}")
    try:
        with reported():
            if revision(engine, "records") is not None:
                return False
            with engine.connect() as connection:
                inspector = inspect(connection)
                return inspector.has_table("clips") and "owner" not in {
                    column["name"] for column in inspector.get_columns("clips")
                }
    finally:
        engine.dispose()


def _take(earlier: Engine, session: Session, files: FileStore, folder: Path) -> int:
    """Copy rows that are not there yet, each after its file. Returns how many."""
    taken, last, clips = 0, "", Base.metadata.tables["clips"]
    with earlier.connect() as connection:
        while True:
            query = select(clips).where(clips.c.id > last).order_by(clips.c.id).limit(_PAGE)
            rows = [dict(row) for row in connection.execute(query).mappings()]
            if not rows:
                return taken
            last = rows[-1]["id"]
            same = select(clips.c.id).where(clips.c.id.in_([row["id"] for row in rows]))
            known = set(session.scalars(same))
            new = [row for row in rows if row["id"] not in known]
            for row in new:
                source = folder / row["file_key"]
                if not files.exists(row["file_key"]) and source.is_file():
                    files.put(row["file_key"], source)
            if new:
                session.execute(insert(clips), new)
            taken += len(new)
