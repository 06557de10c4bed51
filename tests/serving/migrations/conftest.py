"""An up-to-date database of the service."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tingzhen.serving.records import open_records
from tingzhen.serving.records.schema import upgrade_records


@pytest.fixture
def records(database_url: str) -> Iterator[Engine]:
    engine = open_records(database_url)
    upgrade_records(engine)
    yield engine
    engine.dispose()
