"""What several tests of the serving room share."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tingzhen.media.sample_clip import write_sample_clip

Tingzhen = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def sample_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated clip with a fault sound and a visible damage."""
    path = tmp_path_factory.mktemp("clips") / "generated.mp4"
    write_sample_clip(path)
    return path


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
def chromium() -> Iterator[str]:
    """Path of an installed Chromium."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    yield found
