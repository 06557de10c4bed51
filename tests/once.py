"""What is dear to make is made once a run, not once a worker."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that `make` has filled; the worker that asks second waits for the first. Tests
    read what is in it and write elsewhere."""
    own = factory.getbasetemp()
    # Workers of one run have folders beside each other.
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, complete = shared / f"once-{name}", shared / f"once-{name}.complete"
    with (shared / f"once-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            folder.mkdir()
            make(folder)
            complete.touch()
    return folder
