"""A service of its own for each test: database, file store, settings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.serving.inference.bundles import variant
from tests.serving.inference.over_http import Engineer
from tingzhen.media import close_decoder
from tingzhen.serving import Settings
from tingzhen.serving.files import FileStore, open_files
from tingzhen.serving.http.app import create_app
from tingzhen.serving.inference import ModelRegistry, ModelsInService
from tingzhen.serving.pipeline import start_reasoning


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return open_files(str(tmp_path / "files"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Workers look for changes often, and run on the CPU."""
    return Settings(
        data_dir=tmp_path / "data", models_check_s=0.05, inference_provider="cpu", lang="en"
    )


@pytest.fixture
def registry(records: Engine, files: FileStore, settings: Settings) -> ModelRegistry:
    return ModelRegistry(records, files, settings)


@pytest.fixture
def models(
    records: Engine, files: FileStore, settings: Settings
) -> Iterator[Callable[[], ModelsInService]]:
    """Starts a process's worth of models over the same records and files."""
    started: list[ModelsInService] = []

    def start() -> ModelsInService:
        started.append(ModelsInService(settings, records, files))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture(scope="session")
def noise_4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 4 of the noise model: it hears normal where version 3 does, and nothing else."""
    return variant(
        tmp_path_factory.mktemp("bundles") / "noise-4", "noise", "4",
        {'"knock": 0.8373': '"knock": 0.9999'},
    )  # fmt: skip


@pytest.fixture(scope="session")
def noise_5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return variant(tmp_path_factory.mktemp("bundles") / "noise-5", "noise", "5")


def states(registry: ModelRegistry, task: str = "noise") -> dict[str, Any]:
    return {v.version: v.state for v in registry.versions() if v.task == task}


@pytest.fixture(scope="module")
def engineer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engineer]:
    """One service for a module."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("service"), inference_provider="cpu", lang="en",
        rate_engineer_per_min=0,
    )  # fmt: skip
    app = create_app(settings, start_reasoning(settings))
    yield Engineer(app)
    app.state.models.close()
    app.state.service.close()
    close_decoder()
