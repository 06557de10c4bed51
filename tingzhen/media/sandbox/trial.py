"""Tries, from inside the same confinement, what a decoder that was taken over would try.

Each attempt runs in a process of its own and would succeed without the confinement. `tingzhen
doctor` shows what became of them.
"""

import errno
import mmap
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NoReturn

from tingzhen.media.sandbox.kernel import system_call
from tingzhen.media.sandbox.layers import confine, detect_and_isolate
from tingzhen.media.sandbox.system_calls import named_numbers, this_architecture

Outcome = Literal["refused", "killed", "done", "failed"]
_OUTCOMES: Final[Mapping[int, Outcome]] = {0: "done", 10: "refused", -signal.SIGSYS: "killed"}
_REFUSED: Final = frozenset({errno.EPERM, errno.EACCES, errno.ENOENT})


_ARCHITECTURE: Final = this_architecture()  # asking for it is refused later
_NUMBERS: Final = {} if _ARCHITECTURE is None else named_numbers(_ARCHITECTURE)


def _call(name: str, *arguments: int) -> None:
    system_call(_NUMBERS[name], *arguments)


def _make_executable_memory() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def _start_a_thread() -> None:
    thread = threading.Thread(target=bytes)
    thread.start()
    thread.join()


def _set_a_limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE))


ATTEMPTS: Final[Mapping[str, Callable[[], object]]] = {
    "open a file": lambda: os.open(sys.executable, os.O_RDONLY),
    "look at a file": lambda: Path(sys.executable).stat(),
    "open an internet socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    # Our own interpreter, from a child that the sandbox must end before it starts.
    "start a program": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),  # noqa: S606  # nosec B606
    "start a process": lambda: os.fork() or os._exit(0),
    "be traced": lambda: _call("ptrace", 0, 0, 0, 0),
    "read another process": lambda: _call("process_vm_readv", os.getppid(), 0, 0, 0, 0, 0),
    "signal another process": lambda: os.kill(os.getppid(), 0),
    "set a limit": _set_a_limit,
    "make memory executable": _make_executable_memory,
}
NEEDED: Final[Mapping[str, Callable[[], object]]] = {
    "start a thread": _start_a_thread,
    "take memory": lambda: bytes(64_000_000),
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried and what became of it: "done" means that nothing stood in its way."""

    name: str
    outcome: Outcome


def try_out(name: str, attempt: Callable[[], object], *, confined: bool = True) -> Attempt:
    """Make one attempt in a process of its own. confined: False shows what it does otherwise."""
    child = os.fork()
    if child == 0:
        _make(attempt, confined)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Attempt(name, _OUTCOMES.get(status, "failed"))


def _make(attempt: Callable[[], object], confined: bool) -> NoReturn:
    status = 1
    try:
        if confined:
            confine(detect_and_isolate())
        attempt()
        status = 0
    except OSError as error:
        status = 10 if error.errno in _REFUSED else 1
    finally:
        os._exit(status)
