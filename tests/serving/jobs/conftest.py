"""A service for tests of jobs: its records, files and queue, on SQLite or on Postgres."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.serving.jobs.clips import wav
from tingzhen.serving.service import Service, build_service
from tingzhen.serving.settings import Settings


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Settings:
    """With tests.postgres.on_both_databases once for each database."""
    url = None if database_url.startswith("sqlite") else database_url
    return Settings(data_dir=tmp_path / "data", database_url=url)


@pytest.fixture
def service(settings: Settings, migrated: Path) -> Iterator[Service]:
    if settings.database_url is None:
        settings.data_dir.mkdir()
        shutil.copyfile(migrated, settings.data_dir / "records.sqlite3")
    built = build_service(settings)
    yield built
    built.close()


@pytest.fixture(scope="session")
def knocking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny recording."""
    path = tmp_path_factory.mktemp("sound") / "knock.wav"
    path.write_bytes(wav(np.random.default_rng(5).normal(0, 0.1, 19_200)))
    return path
