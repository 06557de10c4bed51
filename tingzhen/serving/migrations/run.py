"""Bring a database up to date: once, whole or not at all, whoever starts at the same time.

Where it is up to date, one short query says so and Alembic is not even imported.
"""

from threading import Lock
from typing import Final

from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import Connection

from tingzhen.errors import DatabaseNewer
from tingzhen.language import Text
from tingzhen.serving.migrations.trees import Tree, TreeName, metadata_of, tree

_LOCK: Final = 0x74696E677A6D6967  # "tingzmig"
_ONE_THREAD: Final = Lock()
"""Alembic keeps what it works on in global variables."""
_WAIT_MS: Final = 600_000
"""For another process that migrates the same file."""
_WRITES: Final = {"tingzhen_writes": True}


def upgrade(engine: Engine, name: TreeName, to: str | None = None) -> str | None:
    """Migrate to the newest revision. Returns the revision it had before, None without one.

    to: stop at that revision instead.

    One transaction, under a lock that processes take in turn: a stop or an error leaves everything
    as it was. Raises sqlalchemy.exc.SQLAlchemyError and DatabaseNewer.
    """
    wanted = tree(name)
    before = revision(engine, name)
    if before == wanted.head:
        return before
    with _ONE_THREAD, engine.execution_options(**_WRITES).connect() as connection:
        _prepare(connection)
        with connection.begin():
            _lock(connection)
            return _upgrade(connection, wanted, to or "head")


def revision(engine: Engine, name: TreeName) -> str | None:
    """The revision that a database has; None for one that was never migrated.

    Raises sqlalchemy.exc.SQLAlchemyError.
    """
    with engine.connect() as connection:
        return _revision(connection, tree(name))


def landed_revision(connection: Connection, name: TreeName) -> str | None:
    """The same for a database that is used now, also from before there were migrations."""
    wanted = tree(name)
    found = _revision(connection, wanted)
    if found is not None:
        return found
    if name == "cases":
        tables = {table for part in metadata_of(name) for table in part.tables}
        return "0001" if tables & set(inspect(connection).get_table_names()) else None
    return _before_migrations(connection, wanted)


def _upgrade(connection: Connection, wanted: Tree, to: str) -> str | None:
    before = _revision(connection, wanted)  # another process may have migrated it meanwhile
    if before is not None and before > wanted.head:
        raise DatabaseNewer(
            Text(f"数据库的版本是 {before}，比本程序支持的 {wanted.head} 新。"
                 "请安装较新的 Tingzhen，或恢复升级前的备份。",
                 f"The database has revision {before}, newer than {wanted.head}, the newest that "
                 "this program knows. Install a newer Tingzhen, or restore a backup from before.")
        )  # fmt: skip
    if before == wanted.head:
        return before
    from alembic import command  # noqa: PLC0415 - only when there is something to migrate

    from tingzhen.serving.migrations.configuration import configuration  # noqa: PLC0415 - see above

    config = configuration(wanted, connection)
    if before is None and (landed := _before_migrations(connection, wanted)) is not None:
        command.stamp(config, landed)
    command.upgrade(config, to)
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"rows that refer to nothing after migrating: {broken[:5]}")
    return before


def _before_migrations(connection: Connection, wanted: Tree) -> str | None:
    """The revision that a database equals that was made before there were migrations."""
    if wanted.name == "cases":
        return None  # its first revision makes what is missing
    inspector = inspect(connection)
    if not inspector.has_table("clips"):
        return None
    columns = {column["name"] for column in inspector.get_columns("clips")}
    return "0002" if "owner" in columns else "0001"


def _revision(connection: Connection, wanted: Tree) -> str | None:
    if not inspect(connection).has_table(wanted.version_table):
        return None
    table = wanted.version_table  # a name of ours
    query = text(f"SELECT version_num FROM {table}")  # noqa: S608 - see above  # nosec B608
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else str(found)


def _lock(connection: Connection) -> None:
    # SQLite has its lock since the transaction began.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def _prepare(connection: Connection) -> None:
    """Settings of this connection alone, which is closed afterwards and used for nothing else."""
    if connection.dialect.name == "sqlite":
        connection.detach()
        # Through the driver: within a transaction, which SQLAlchemy would begin, they are ignored.
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_WAIT_MS}")
        # A table that is made anew must not take along the rows that refer to it.
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.close()
