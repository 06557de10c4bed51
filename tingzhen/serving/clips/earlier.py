"""Clips of a service that kept them in the data folder although it was given a database.

Before the database was for clips too, `TINGZHEN_DATABASE_URL` named that of cases alone.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Engine, insert, select

from tingzhen.errors import RecordsUnavailable
from tingzhen.language import Text
from tingzhen.serving.files import FileStore
from tingzhen.serving.logs import log
from tingzhen.serving.records import Base, lock_name, open_records, writing
from tingzhen.serving.records.schema import upgrade_records

_CLIPS: Final = Base.metadata.tables["clips"]
_PAGE: Final = 200


def adopt_earlier_clips(data_dir: Path, records: Engine, files: FileStore) -> int:
    """Take the clips of `records.sqlite3` in the data folder over, with their files, if that is of
    such a service; it is renamed then. Returns how many were taken by this process; another may
    take some at the same time.

    Raises RecordsUnavailable, FilesUnavailable, StorageFull.
    """
    old = data_dir / "records.sqlite3"
    if not old.is_file():
        return 0
    with TemporaryDirectory(prefix=".adopting-", dir=data_dir) as folder:
        copy = Path(folder) / "records.sqlite3"
        if not _copied(old, copy):
            return 0
        earlier = open_records(f"sqlite:///{copy}")
        try:
            upgrade_records(earlier)
            taken = sum(_take(page, records, files, data_dir / "files") for page in _pages(earlier))
        finally:
            earlier.dispose()
    with contextlib.suppress(FileNotFoundError):  # by another process, which found all known
        old.replace(old.with_name(f"{old.name}.adopted"))
    log.info("earlier clips taken over", extra={"clips": taken})
    return taken


def _copied(old: Path, copy: Path) -> bool:
    """Copy the database if it is of the first version: with clips, and without revisions."""
    try:
        # Not made anew where another process has just renamed it.
        with closing(sqlite3.connect(f"{old.absolute().as_uri()}?mode=rw", uri=True)) as source:
            tables = {name for (name,) in source.execute("SELECT name FROM sqlite_master")}
            columns = {row[1] for row in source.execute("PRAGMA table_info(clips)")}
            if "records_version" in tables or "id" not in columns or "owner" in columns:
                return False
            with closing(sqlite3.connect(copy)) as target:
                source.backup(target)
    except sqlite3.Error as error:
        if not old.is_file():
            return False
        raise RecordsUnavailable(
            Text(f"无法读取以前的数据库 {old}：{error}。请检查该文件，或将其移走。",
                 f"The earlier database {old} cannot be read: {error}. Check the file, or move it "
                 "away.")
        ) from error  # fmt: skip
    return True


def _pages(earlier: Engine) -> Iterator[list[dict[str, Any]]]:
    """All rows, some hundreds at a time."""
    last = ""
    with earlier.connect() as connection:
        while True:
            query = select(_CLIPS).where(_CLIPS.c.id > last).order_by(_CLIPS.c.id).limit(_PAGE)
            rows = [dict(row) for row in connection.execute(query).mappings()]
            if not rows:
                return
            yield rows
            last = rows[-1]["id"]


def _take(page: list[dict[str, Any]], records: Engine, files: FileStore, folder: Path) -> int:
    """Copy the files, and then the rows that are not there yet: in a transaction of its own, for
    others wait for it. Returns how many."""
    for row in page:
        source = folder / row["file_key"]
        if not files.exists(row["file_key"]) and source.is_file():
            files.put(row["file_key"], source)
    with writing(records) as session:
        lock_name(session, "adopt")
        same = select(_CLIPS.c.id).where(_CLIPS.c.id.in_([row["id"] for row in page]))
        known = set(session.scalars(same))
        new = [row for row in page if row["id"] not in known]
        if new:
            session.execute(insert(_CLIPS), new)
    return len(new)
