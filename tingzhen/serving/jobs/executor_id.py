"""The name under which a worker's jobs are kept: the same after a restart, never two at once.

Each worker process holds one of the numbered lock files in the data folder. A process that dies
lets go of its lock, whatever it dies of; the one started in its place takes the same number, and
with it the name, so that DBOS goes on with its jobs at once.
"""

import contextlib
import fcntl
import os
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tingzhen.errors import SettingsError
from tingzhen.language import Text

_MOST: Final = 1024


@dataclass(frozen=True, slots=True)
class Installation:
    """A data folder on one machine. folder: of the locks. name: beginning of its workers' names."""

    folder: Path
    name: str

    def executor_id(self, number: int) -> str:
        return f"{self.name}-{number}"

    def lives(self, executor_id: str) -> bool | None:
        """Whether a worker of this machine lives; None for one of another machine."""
        name, _, number = executor_id.rpartition("-")
        if name != self.name or not number.isdecimal():
            return None
        descriptor = _locked(self.folder / f"{number}.lock")
        if descriptor is None:
            return True
        os.close(descriptor)
        return False


def this_installation(data_dir: Path) -> Installation:
    """Raises SettingsError where the folder cannot be written."""
    folder = data_dir / "workers"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark, new = folder / "installation", folder / f".{uuid.uuid4().hex}"
        new.write_text(uuid.uuid4().hex[:8])
        with contextlib.suppress(FileExistsError):
            os.link(new, mark)
        new.unlink()
        # Two machines may share the folder, and two folders a machine.
        return Installation(folder, f"{socket.gethostname()}-{mark.read_text()}")
    except OSError as error:
        raise SettingsError(
            Text(f"数据文件夹不可用：{data_dir}（{error.strerror}）。请设置 TINGZHEN_DATA_DIR。",
                 f"The data folder {data_dir} cannot be used ({error.strerror}). "
                 "Set TINGZHEN_DATA_DIR.")
        ) from error  # fmt: skip


def take_executor_id(installation: Installation) -> str:
    """The first free name; it is ours until this process ends. Raises SettingsError."""
    for number in range(_MOST):
        if _locked(installation.folder / f"{number}.lock") is not None:
            return installation.executor_id(number)
    raise SettingsError(
        Text(f"这台机器上已有 {_MOST} 个工作进程。",
             f"{_MOST} workers run on this machine already.")
    )  # fmt: skip


def _locked(path: Path) -> int | None:
    """A descriptor that holds the lock, or None where another process does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
