"""A real SQLite file for each test, and work orders to put into it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.work_orders import generated_cases
from tests.diagnosis.examples import shipped
from tingzhen.diagnosis.cases import CaseRecord, CaseStore, open_cases


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    opened = open_cases(f"sqlite:///{tmp_path / 'cases.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def some_cases() -> tuple[CaseRecord, ...]:
    return tuple(generated_cases(shipped(), 120, seed=7))
