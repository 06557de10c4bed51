"""What several tests of the serving room share."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from tests.once import made_once
from tests.serving.access.identity_provider import Signer
from tingzhen.media.sample_clip import write_sample_clip
from tingzhen.serving.records import open_records
from tingzhen.serving.records.schema import upgrade_records

Tingzhen = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def sample_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated clip with a fault sound and a visible damage."""
    name = "generated.mp4"
    return made_once(tmp_path_factory, "clip", lambda f: write_sample_clip(f / name)) / name


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without our own settings and with an English locale."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TINGZHEN_")}
    return kept | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "COLUMNS": "80"} | more


@pytest.fixture(scope="session")
def tingzhen() -> Tingzhen:
    """Runs the command in a process of its own."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tingzhen.command_line", *map(str, arguments)],
            capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
            env=clean_environment(**environment),
        )  # fmt: skip

    return run


@pytest.fixture(scope="session")
def tingzhen_here() -> Tingzhen:
    """Runs the command in this process, for tests that ask what it says and not how it starts or
    ends: a process takes a second or two before its first word. An exception fails the test."""
    from tingzhen.command_line import app

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        given = [str(argument) for argument in arguments]
        with pytest.MonkeyPatch.context() as patch:
            for name in os.environ.keys() - clean_environment().keys():
                patch.delenv(name)
            done = CliRunner().invoke(
                app, given, env=clean_environment(**environment), catch_exceptions=False
            )
        return subprocess.CompletedProcess(given, done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database of the service, up to date, to be copied: thirty times cheaper than
    to migrate one for each test."""

    def make(folder: Path) -> None:
        engine = open_records(f"sqlite:///{folder / 'records.sqlite3'}")
        upgrade_records(engine)
        engine.dispose()

    return made_once(tmp_path_factory, "records", make) / "records.sqlite3"


@pytest.fixture
def records(database_url: str, migrated: Path) -> Iterator[Engine]:
    """An up-to-date database of the service: SQLite; on Postgres too in a test that is marked with
    on_both_databases."""
    if database_url.startswith("sqlite:///"):
        shutil.copyfile(migrated, database_url.removeprefix("sqlite:///"))
    engine = open_records(database_url)
    upgrade_records(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def signer() -> Iterator[Signer]:
    """An identity provider that signs tokens."""
    made = Signer()
    yield made
    made.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[str]:
    """Path of an installed Chromium."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    yield found
