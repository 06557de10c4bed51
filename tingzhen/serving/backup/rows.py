"""Rows of a database as lines of JSON, the same for SQLite and Postgres.

Tables are taken as the database has them, so that a backup of an older revision can be made and
read. Times are in UTC (ISO 8601), bytes in base64.
"""

import base64
import json
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Date, DateTime, LargeBinary, MetaData, Table, func, select, text
from sqlalchemy.types import TypeEngine

_BATCH: Final = 500


def tables_of(connection: Connection, names: Collection[str]) -> list[Table]:
    """Those tables that are there, each after what it refers to."""
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: name in names)
    return list(metadata.sorted_tables)


def rows_of(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Every row as JSON can hold it, in the order of the primary key."""
    query = select(table).order_by(*table.primary_key.columns)
    found = connection.execution_options(yield_per=_BATCH).execute(query).mappings()
    for row in found:
        yield {name: _encoded(value) for name, value in row.items()}


def insert_rows(connection: Connection, table: Table, lines: Iterable[bytes]) -> int:
    """Insert lines of JSON. Returns how many."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    count = 0
    for rows in _batches(table, lines):
        # A row may refer to one that comes later.
        connection.execute(table.insert(), [row | dict.fromkeys(own) for row in rows])
        count += len(rows)
    return count


def refer_within(connection: Connection, table: Table, lines: Iterable[bytes]) -> None:
    """Let rows refer to rows of the same table, after all were inserted."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    if not own:
        return
    key = list(table.primary_key.columns)
    for rows in _batches(table, lines):
        for row in rows:
            values = {name: row[name] for name in own if row[name] is not None}
            if values:
                same = [column == row[column.name] for column in key]
                connection.execute(table.update().where(*same).values(values))


def count_rows(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def go_on_counting(connection: Connection, table: Table) -> None:
    """Numbers that the database gives go on after the greatest one."""
    column = table.autoincrement_column
    if column is None or connection.dialect.name != "postgresql":
        return  # SQLite looks at the rows itself
    sequence = text("SELECT pg_get_serial_sequence(:table, :column)")
    named = {"table": table.name, "column": column.name}
    if (name := connection.execute(sequence, named).scalar()) is None:
        return
    greatest = connection.execute(select(func.max(column))).scalar()
    if greatest is not None:
        connection.execute(text("SELECT setval(:name, :value)"), {"name": name, "value": greatest})


def _batches(table: Table, lines: Iterable[bytes]) -> Iterator[list[dict[str, Any]]]:
    types = {column.name: column.type for column in table.columns}
    rows: list[dict[str, Any]] = []
    for line in lines:
        found = json.loads(line)
        rows.append({name: _decoded(value, types[name]) for name, value in found.items()})
        if len(rows) == _BATCH:
            yield rows
            rows = []
    if rows:
        yield rows


def _encoded(value: Any) -> Any:
    if isinstance(value, datetime):
        known = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return known.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value


def _decoded(value: Any, kind: TypeEngine[Any]) -> Any:
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return value
