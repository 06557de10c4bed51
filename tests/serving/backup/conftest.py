"""A place with something of everything, made once, and a backup of it."""

from pathlib import Path

import pytest

from tests.serving.backup.place import fill, new_place
from tingzhen.serving.backup import back_up
from tingzhen.serving.settings import Settings


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = new_place(tmp_path_factory.mktemp("filled") / "data")
    fill(settings)
    return settings


@pytest.fixture(scope="session")
def saved(filled: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("saved") / "tingzhen.backup"
    back_up(filled, file)
    return file
