"""Guided sessions on disk: append-only, each step kept before the next one is asked for.

A step that was undone stays, with the undoing after it, so that nothing that somebody answered is
ever lost. A commit is on disk when it returns (SQLite with WAL and synchronous=FULL, or Postgres):
killing the process after an answer loses nothing.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError, SQLAlchemyError

from tingzhen.diagnosis.cases.tables import WRITES, connect_database
from tingzhen.diagnosis.troubleshooting.steps import Step, step_as_dict, step_from_dict
from tingzhen.errors import SessionChanged, SessionUnavailable, SessionUnknown
from tingzhen.language import Text

UNDO: Final = "undo"
_METADATA = MetaData()
_SESSIONS = Table(
    "guide_sessions", _METADATA,
    Column("id", String(32), primary_key=True),
    Column("opened_at", DateTime(timezone=True), nullable=False, index=True),
    Column("subject", JSON, nullable=False),
)  # fmt: skip
_STEPS = Table(
    "guide_steps", _METADATA,
    Column("session_id", String(32), ForeignKey("guide_sessions.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("step", JSON, nullable=False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """One session as it is kept. subject: what it is about, as it was given. version: number of
    entries, undoings among them. steps: those that were not undone, oldest first."""

    id: str
    opened_at: datetime
    subject: dict[str, Any]
    version: int
    steps: tuple[Step, ...]


class SessionLog:
    """Sessions in one database; safe to use from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, subject: dict[str, Any]) -> str:
        """A new session; its id is 32 hexadecimal digits. Raises SessionUnavailable."""
        session_id = uuid.uuid4().hex
        row = {"id": session_id, "opened_at": datetime.now(UTC), "subject": subject}
        with _reported(), self._writing() as connection:
            connection.execute(insert(_SESSIONS), [row])
        return session_id

    def read(self, session_id: str) -> Kept:
        """Raises SessionUnknown, SessionUnavailable."""
        with _reported(), self._engine.connect() as connection:
            found = connection.execute(
                select(_SESSIONS).where(_SESSIONS.c.id == session_id)
            ).one_or_none()
            if found is None:
                raise unknown_session()
            entries = connection.execute(
                select(_STEPS.c.step)
                .where(_STEPS.c.session_id == session_id)
                .order_by(_STEPS.c.number)
            ).scalars()
            # SQLite gives times back without their zone.
            opened_at = found.opened_at.replace(tzinfo=found.opened_at.tzinfo or UTC)
            return Kept(found.id, opened_at, found.subject, *_fold(list(entries)))

    def append(self, session_id: str, version: int, step: Step | None) -> None:
        """Keep one more step, None for undoing the last one, after `version` entries.

        Raises SessionChanged where there are more by now, SessionUnavailable.
        """
        entry = {"kind": UNDO} if step is None else step_as_dict(step)
        row = {"session_id": session_id, "number": version, "step": entry}
        with _reported(), self._writing() as connection:
            try:
                connection.execute(insert(_STEPS), [row])
            except IntegrityError as error:
                raise SessionChanged(
                    Text("这个会话刚刚被更改，请重新读取后再答。",
                         "The session has changed meanwhile. Read it again, then answer.")
                ) from error  # fmt: skip

    def ids(self) -> list[str]:
        """Newest first. Raises SessionUnavailable."""
        with _reported(), self._engine.connect() as connection:
            query = select(_SESSIONS.c.id).order_by(_SESSIONS.c.opened_at.desc())
            return [str(found) for found in connection.execute(query).scalars()]

    def ids_of_clip(self, clip_id: str) -> list[str]:
        """Of the sessions whose opener said that they are about that clip. Raises
        SessionUnavailable."""
        about = _SESSIONS.c.subject["opener"]["clip_id"].as_string()
        with _reported(), self._engine.connect() as connection:
            query = select(_SESSIONS.c.id).where(about == clip_id)
            return [str(found) for found in connection.execute(query).scalars()]

    def delete(self, session_id: str) -> None:
        """Remove a session with all its entries, for good. Raises SessionUnknown,
        SessionUnavailable."""
        with _reported(), self._writing() as connection:
            connection.execute(delete(_STEPS).where(_STEPS.c.session_id == session_id))
            gone = connection.execute(delete(_SESSIONS).where(_SESSIONS.c.id == session_id))
            if gone.rowcount == 0:
                raise unknown_session()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with (
            self._engine.connect().execution_options(**WRITES) as connection,
            connection.begin(),
        ):
            yield connection


def open_log(url: str) -> SessionLog:
    """The sessions in the database at an SQLAlchemy URL; its tables are made where they are
    missing. Raises SessionUnavailable."""
    with _reported():
        engine = connect_database(url)
        try:
            _METADATA.create_all(engine)
        except (OperationalError, ProgrammingError, IntegrityError):
            # Another process may have made them between the look and the making.
            _METADATA.create_all(engine)
    return SessionLog(engine)


def _fold(entries: Sequence[dict[str, Any]]) -> tuple[int, tuple[Step, ...]]:
    steps: list[Step] = []
    for entry in entries:
        if entry["kind"] == UNDO:
            steps.pop()
        else:
            steps.append(step_from_dict(entry))
    return len(entries), tuple(steps)


def unknown_session() -> SessionUnknown:
    return SessionUnknown(
        Text("没有这个编号的引导会话，请核对编号。",
             "No guided session with that id is kept. Check the id.")
    )  # fmt: skip


@contextmanager
def _reported() -> Iterator[None]:
    """Errors of the database as errors for people."""
    try:
        yield
    except (SQLAlchemyError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise SessionUnavailable(
            Text(f"引导会话无法读写：{reason}。请检查文件和磁盘。",
                 f"Guided sessions cannot be read or written: {reason}. Check the file and the "
                 "disk.")
        ) from error  # fmt: skip
