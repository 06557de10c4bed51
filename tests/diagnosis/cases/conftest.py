"""A real database for each test, and work orders to put into it."""

from collections.abc import Iterator

import pytest

from benchmarks.work_orders import generated_cases
from tests.diagnosis.examples import shipped
from tingzhen.diagnosis.cases import CaseRecord, CaseStore, open_cases


@pytest.fixture
def store(database_url: str) -> Iterator[CaseStore]:
    opened = open_cases(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def some_cases() -> tuple[CaseRecord, ...]:
    return tuple(generated_cases(shipped(), 120, seed=7))
