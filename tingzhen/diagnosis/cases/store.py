"""The database of cases: open it, keep a case, read cases again."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Engine, Select, func, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from tingzhen.diagnosis.cases.column_rows import READ, columns_of
from tingzhen.diagnosis.cases.filing import Filed, file_cases
from tingzhen.diagnosis.cases.record import CaseColumns, CaseRecord
from tingzhen.diagnosis.cases.rows import record_of, row_of
from tingzhen.diagnosis.cases.tables import CASES, FACTS, METADATA, connect_database
from tingzhen.diagnosis.cases.transactions import reading, reported, writing
from tingzhen.errors import CaseUnknown
from tingzhen.language import Text


class CaseStore:
    """Cases in one database; safe to use from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that reads. Raises CasesUnavailable."""
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes, committed at the end. Raises CasesUnavailable."""
        with writing(self.engine) as connection:
            yield connection

    def keep(self, records: Sequence[CaseRecord]) -> Filed:
        """Keep cases, all or none; what is known already is linked and counts once."""
        with self.writing() as connection:
            return file_cases(connection, [row_of(record) for record in records])

    def case(self, case_id: str) -> CaseRecord:
        """Raises CaseUnknown."""
        with self.reading() as connection:
            found = connection.execute(select(CASES).where(CASES.c.id == case_id)).mappings()
            row = found.one_or_none()
        if row is None:
            raise CaseUnknown(
                Text(
                    "没有这个编号的案例，请核对编号。",
                    "No case with that id is kept. Check the id.",
                )
            )
        return record_of(dict(row))

    def cases(
        self,
        *,
        fault: str | None = None,
        model: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[tuple[int, CaseRecord]]:
        """Counted cases with their sequence numbers, oldest kept first, those above `after`."""
        query = select(CASES).where(counted(), CASES.c.seq > after).order_by(CASES.c.seq)
        if fault is not None:
            query = query.where(CASES.c.fault == fault)
        if model is not None:
            query = query.where(CASES.c.model == model)
        with self.reading() as connection:
            rows = connection.execute(query.limit(limit)).mappings().all()
        return [(row["seq"], record_of(dict(row))) for row in rows]

    def columns(self) -> CaseColumns:
        """All counted cases, column by column, in the order in which they were kept."""
        query = select(*(CASES.c[name] for name in READ)).where(counted()).order_by(CASES.c.seq)
        with self.reading() as connection:
            return columns_of(connection.execute(query).all())

    def count(self) -> int:
        """How many cases count."""
        with self.reading() as connection:
            query = select(func.count()).select_from(CASES).where(counted())
            return int(connection.execute(query).scalar_one())

    def version(self) -> int:
        """Changes whenever a case is kept, by any process, and with it which cases count; so what
        was counted before need not be counted again. Cases are never deleted."""
        with self.reading() as connection:
            return connection.execute(select(func.max(CASES.c.seq))).scalar_one() or 0

    def forget_words(self, case_id: str) -> None:
        """Remove the owner's words from a case, from every version of it that was told. It counts
        as before. Raises CasesUnavailable."""
        versions = CASES.c.id.startswith(f"{case_id}~", autoescape=True)
        with self.writing() as connection:
            connection.execute(
                update(CASES).where(or_(CASES.c.id == case_id, versions)).values(complaint=None)
            )

    def unknown_faults(self) -> list[tuple[str, int]]:
        """Faults that the base does not know, in the orders' words, with how many cases; most
        frequent first."""
        many = func.count().label("many")
        query = (
            select(CASES.c.fault_text, many)
            .where(counted(), CASES.c.fault.is_(None), CASES.c.fault_text.is_not(None))
            .group_by(CASES.c.fault_text)
            .order_by(many.desc(), CASES.c.fault_text)
        )
        with self.reading() as connection:
            return [(str(text), int(number)) for text, number in connection.execute(query)]

    def database_id(self) -> str:
        """What tells this database from every other."""
        with self.reading() as connection:
            return str(connection.execute(_database_id()).scalar_one())

    def close(self) -> None:
        self.engine.dispose()


def counted() -> ColumnElement[bool]:
    """The condition that a case is no duplicate of another."""
    return CASES.c.duplicate_of.is_(None)


def open_cases(url: str) -> CaseStore:
    """Open the database of cases and make its tables where they are missing.

    Raises CasesUnavailable.
    """
    with reported():
        engine = connect_database(url)
        try:
            METADATA.create_all(engine)
        except DBAPIError:
            # Another process may have made them between the look and the making.
            METADATA.create_all(engine)
        store = CaseStore(engine)
        with store.reading() as connection:
            named = connection.execute(_database_id()).scalar_one_or_none() is not None
        if not named:
            _name_database(store)
    return store


def _database_id() -> Select[tuple[str]]:
    return select(FACTS.c.value).where(FACTS.c.name == "database_id")


def _name_database(store: CaseStore) -> None:
    with store.writing() as connection:
        # Another process may have named it since the look before.
        if connection.execute(_database_id()).scalar_one_or_none() is None:
            fact = {"name": "database_id", "value": uuid.uuid4().hex}
            connection.execute(insert(FACTS), [fact])
