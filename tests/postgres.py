"""A real Postgres for tests: started once a run, on demand, with a fresh database for each test."""

import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

on_both_databases = pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
"""A test of what `database_url` opens runs on SQLite and on Postgres; without it on SQLite."""

_MEMORY = Path("/dev/shm")
_MEMORY_BYTES = 1 << 30


@contextmanager
def running_postgres() -> Iterator[URL]:
    """The address of a server that listens on a socket of its own, stopped at the end."""
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR, as in containers, platformdirs warns that it takes /tmp.
        warnings.simplefilter("ignore", RuntimeWarning)
        pgserver = pytest.importorskip("pgserver", reason="pgserver has no build for this Python")
    # Not in pytest's own folder, which is closed to the user that the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="tingzhen-postgres-", dir=_memory()))
    try:
        with pgserver.get_server(folder / "data") as server:
            address = server.get_uri()
            with psycopg.connect(address, autocommit=True) as connection:
                # Nothing here has to outlive a power cut, and waiting for a disk is slow.
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("ALTER SYSTEM SET synchronous_commit = off")
                connection.execute("SELECT pg_reload_conf()")
            yield make_url(address).set(drivername="postgresql+psycopg")
            # What it holds is thrown away, so it need not be written down in order first.
            process = psutil.Process(server.get_pid())
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(server: URL) -> Iterator[URL]:
    """The address of an empty database on the server, dropped at the end with who still uses it."""
    name = f"test_{uuid4().hex}"
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy".encode())
        yield server.set(database=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _memory() -> Path | None:
    """A folder in memory where there is room for a server, else None: that of the system."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _MEMORY_BYTES
    return _MEMORY if roomy else None
