"""Transactions on the database of cases, whose errors are errors for people."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from tingzhen.diagnosis.cases.tables import WRITES
from tingzhen.errors import CasesUnavailable
from tingzhen.language import Text


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that reads. Raises CasesUnavailable."""
    with reported(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes, committed at the end. Raises CasesUnavailable."""
    with (
        reported(),
        engine.connect().execution_options(**WRITES) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def reported() -> Iterator[None]:
    """Errors of the database as CasesUnavailable."""
    try:
        yield
    except (SQLAlchemyError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise CasesUnavailable(
            Text(f"案例数据库无法使用：{reason}。请检查 TINGZHEN_DATABASE_URL 和磁盘。",
                 f"The database of cases cannot be used: {reason}. Check TINGZHEN_DATABASE_URL "
                 "and the disk.")
        ) from error  # fmt: skip
