"""Databases as earlier versions made them, by their own SQL."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import Connection, make_url

_LANDED = Path(__file__).parent / "landed"


def make_landed(url: str, *names: str) -> None:
    """Run the SQL of the given parts of earlier versions on an empty database."""
    address = make_url(url)
    for name in names:
        sql = (_LANDED / f"{name}.{address.get_backend_name()}.sql").read_text(encoding="utf-8")
        if address.get_backend_name() == "sqlite":
            with closing(sqlite3.connect(str(address.database))) as connection:
                connection.executescript(sql)
        else:
            plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(plain, autocommit=True) as server:
                server.execute(sql.encode())


def triggers(connection: Connection) -> set[str]:
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.dialect.name]
    return set(connection.execute(text(query)).scalars())
