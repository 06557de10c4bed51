"""What all tests share: the order, and where the development data are."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.engine import URL

from tests.odd.files import OddFile, write_odd_files

if TYPE_CHECKING:
    from playwright.sync_api import Playwright


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first, so that a plain mistake shows within seconds; order is otherwise kept."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The development data, which are not part of the repository."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("TINGZHEN_DATA", beside))
    if not folder.is_dir():
        pytest.skip("development data not found; set TINGZHEN_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A real Postgres, started when the first test asks for it."""
    from tests.postgres import running_postgres

    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: URL) -> Iterator[str]:
    """The address of an empty Postgres database."""
    from tests.postgres import fresh_database

    with fresh_database(postgres_server) as address:
        yield address.render_as_string(hide_password=False)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: a SQLite file, and, where a test is marked with
    tests.postgres.on_both_databases, Postgres too."""
    if getattr(request, "param", "sqlite") == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'cases.sqlite3'}"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a real S3-compatible server, started when the first test asks for it."""
    from tests.s3 import running_s3

    with running_s3() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def playwright() -> Iterator["Playwright"]:
    """The driver of browsers: a thread can have one alone. It keeps an event loop running in its
    thread, so that tests of other modules can have none: it ends with the module."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def odd_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, OddFile]:
    """Every odd file by its name, made once a run."""
    folder = tmp_path_factory.mktemp("odd")
    made = write_odd_files(folder)
    (folder / "secret").mkdir()
    os.mkfifo(folder / "secret" / "segment.ts")
    return made


class OpenWatch:
    """Tells whether anybody opens a named pipe for reading: only then can it be opened to write."""

    def __init__(self, pipe: Path) -> None:
        self.opened = False
        self._pipe = pipe
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self.opened and not self._over.wait(0.005):
            try:
                writer = os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                continue
            os.close(writer)
            self.opened = True

    def __enter__(self) -> "OpenWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture
def secret(odd_files: dict[str, OddFile]) -> Iterator[OpenWatch]:
    """Watches the file that hostile playlists point at."""
    folder = odd_files["playlist.mp4"].path.parent
    with OpenWatch(folder / "secret" / "segment.ts") as watch:
        yield watch
