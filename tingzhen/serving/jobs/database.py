"""Where DBOS keeps the jobs: a SQLite file in the data folder, or a schema in the Postgres.

Everything that is kept is JSON (DBOS pickles by default, which would run what it reads).
"""

import sqlite3
from typing import Final

from dbos import DBOS, DBOSClient, DBOSConfig
from dbos._serialization import DBOSPortableJSON  # not among its public names in 3.4
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from tingzhen.errors import RecordsUnavailable
from tingzhen.language import Text
from tingzhen.serving.settings import Settings

APPLICATION: Final = "tingzhen"
VERSION: Final = "jobs-2"
"""Changes when steps change so that a job which an older worker began cannot be ended by a newer
one (docs/operations.md). DBOS hands a job only to workers of its version."""

QUEUE: Final = "clips"
WORKFLOW: Final = "analyse_clip"
SCHEMA: Final = "dbos"


def jobs_url(settings: Settings) -> str:
    """SQLAlchemy URL of the jobs."""
    if settings.database_url and make_url(settings.database_url).get_backend_name() != "sqlite":
        return settings.database_url
    return f"sqlite:///{settings.data_dir / 'jobs.sqlite3'}"


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def migrate(settings: Settings) -> None:
    """Make or bring up to date DBOS's tables; processes that start at once take turns.

    No transaction may be open on the same database: DBOS makes indexes concurrently, which waits.

    Raises RecordsUnavailable.
    """
    url = jobs_url(settings)
    try:
        if is_sqlite(url):
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            engine = _sqlite_engine(url)  # it lets readers go on beside a writer from now on
            engine.connect().close()
            engine.dispose()
        DBOS.migrate(url, schema=SCHEMA)
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise jobs_unavailable(error) from error


def open_client(settings: Settings) -> DBOSClient:
    """For processes that hand in jobs and run none. A lost connection raises at once."""
    url = jobs_url(settings)
    return DBOSClient(
        system_database_url=url,
        system_database_engine=_sqlite_engine(url) if is_sqlite(url) else None,
        dbos_system_schema=SCHEMA,
        serializer=DBOSPortableJSON,
        application_name=APPLICATION,
        lazy=True,
        retry_connection_errors=False,
    )


def worker_config(settings: Settings, executor_id: str) -> DBOSConfig:
    """For a process that runs jobs."""
    url = jobs_url(settings)
    config = DBOSConfig(
        name=APPLICATION,
        system_database_url=url,
        dbos_system_schema=SCHEMA,
        application_version=VERSION,
        executor_id=executor_id,
        serializer=DBOSPortableJSON,
        log_level="WARNING",
        max_executor_threads=4 * settings.worker_clips + 4,
    )
    if is_sqlite(url):
        config["system_database_engine"] = _sqlite_engine(url)
    return config


def jobs_unavailable(error: BaseException) -> RecordsUnavailable:
    cause = getattr(error, "orig", None) or error
    reason = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    return RecordsUnavailable(
        Text(f"任务数据库无法使用：{reason}。"
             "请检查 TINGZHEN_DATABASE_URL、TINGZHEN_DATA_DIR 和磁盘。",
             f"The database of jobs cannot be used: {reason}. Check TINGZHEN_DATABASE_URL, "
             "TINGZHEN_DATA_DIR and the disk.")
    )  # fmt: skip


def _sqlite_engine(url: str) -> Engine:
    """As DBOS opens it (writers wait for each other from their beginning on), and besides so that
    readers go on while one writes."""
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = "IMMEDIATE"
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    return engine
