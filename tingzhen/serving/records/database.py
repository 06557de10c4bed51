"""The database of the service: opened, and its transactions, whose errors are errors for people.

SQLite: one file, many readers beside one writer, a commit is on disk when it returns. Postgres:
as many writers as there are. The same code for both.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from tingzhen.errors import RecordsUnavailable, StorageFull
from tingzhen.language import Text

_WRITES: Final = {"tingzhen_writes": True}
_BUSY_TIMEOUT_MS: Final = 10_000
_SQLITE_FULL: Final = "database or disk is full"
_POSTGRES_DISK_FULL: Final = "53100"  # SQLSTATE disk_full


def open_records(url: str) -> Engine:
    """An engine for the database at a SQLAlchemy URL; the folder of a SQLite file is made.

    Tables are made and brought up to date by migrations, not here. Raises RecordsUnavailable.
    """
    with reported():
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            if address.database not in (None, "", ":memory:"):
                try:
                    Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise _unavailable(error.strerror or str(error)) from error
            engine = create_engine(address, json_serializer=_to_json)
            event.listen(engine, "connect", _durable)
            event.listen(engine, "begin", _begin)
            return engine
        # A connection that the server has closed since is found out before it is used.
        return create_engine(address, json_serializer=_to_json, pool_pre_ping=True)


@contextmanager
def reading(records: Engine) -> Iterator[Session]:
    """One transaction that reads. What it gave can be read after its end.

    Raises RecordsUnavailable.
    """
    with reported(), Session(records, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(records: Engine) -> Iterator[Session]:
    """One transaction that writes, durable when it ends without an error, undone otherwise.

    On SQLite it excludes every other writer from its beginning on: keep it short, and touch no
    network in it. Raises RecordsUnavailable, and StorageFull where the disk has no room.
    """
    engine = records.execution_options(**_WRITES)
    with reported(), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def lock_name(session: Session, name: str) -> None:
    """Nobody else holds the lock of that name until this writing transaction ends.

    SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        query = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        session.execute(query, {"name": f"tingzhen:{name}"})


@contextmanager
def reported() -> Iterator[None]:
    """Errors of the database as RecordsUnavailable or StorageFull."""
    try:
        yield
    except (SQLAlchemyError, ImportError) as error:
        cause = getattr(error, "orig", None) or error
        reason = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        if _SQLITE_FULL in reason or getattr(cause, "sqlstate", None) == _POSTGRES_DISK_FULL:
            raise StorageFull(
                Text("数据库所在的磁盘已满。请腾出空间后重试。",
                     "The disk of the database is full. Make room and try again.")
            ) from error  # fmt: skip
        raise _unavailable(reason) from error


def _unavailable(reason: str) -> RecordsUnavailable:
    return RecordsUnavailable(
        Text(f"服务的数据库无法使用：{reason}。"
             "请检查 TINGZHEN_DATABASE_URL、TINGZHEN_DATA_DIR 和磁盘。",
             f"The database of the service cannot be used: {reason}. Check TINGZHEN_DATABASE_URL, "
             "TINGZHEN_DATA_DIR and the disk.")
    )  # fmt: skip


_to_json = partial(json.dumps, ensure_ascii=False)


def _durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the "begin" event opens transactions, not the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    # Readers go on while one writes, and what was committed outlives a power cut.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # Reading first and writing later in one transaction fails when another wrote in between.
    writes = connection.get_execution_options().get("tingzhen_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
