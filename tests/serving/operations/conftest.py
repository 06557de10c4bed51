"""A service over an empty database, in this process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tingzhen.serving import Settings
from tingzhen.serving.files import open_files
from tingzhen.serving.jobs.queue import JobQueue
from tingzhen.serving.records import open_records
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.service import Service


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TINGZHEN_DATA_DIR", str(tmp_path / "data"))
    return Settings()


@pytest.fixture
def records(settings: Settings, migrated: Path) -> Iterator[Engine]:
    settings.data_dir.mkdir(parents=True)
    shutil.copyfile(migrated, settings.records_url().removeprefix("sqlite:///"))
    engine = open_records(settings.records_url())
    upgrade_records(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def service(settings: Settings, records: Engine) -> Iterator[Service]:
    jobs = JobQueue(settings, records)
    yield Service(settings, records, open_files(settings.files_location()), jobs)
    jobs.close()
