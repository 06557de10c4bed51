"""What all tests share: the order, and where the development data are."""

import os
from pathlib import Path

import pytest


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
