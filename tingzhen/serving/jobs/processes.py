"""Processes that are watched over: one that dies is started again, all end together.

Each child has a pipe as its standard input, whose other end is here: when this process dies, of
whatever, the children read its end and stop.
"""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from tingzhen.serving.logs import log
from tingzhen.serving.operations.measures import PROCESS_VARIABLE

_FATAL: Final = frozenset({1, 2})
"""Exit statuses that say why a process cannot start; another try would end the same way."""

_STOP_WITHIN_S: Final = 12.0
_STEADY_S: Final = 10.0
_LOOK_S: Final = 0.1
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 5.0


@dataclass(frozen=True, slots=True)
class Command:
    """name: for logs. arguments: of Python. descriptors: that it inherits."""

    name: str
    arguments: Sequence[str]
    descriptors: Sequence[int] = ()


@dataclass
class Processes:
    """Start with `run`, from the main thread: it takes SIGTERM and SIGINT."""

    commands: Sequence[Command]
    _running: dict[str, bool] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _status: int = 0

    def run(self) -> int:
        """Until SIGTERM or Ctrl-C; the exit status. 1 where a process could not start at all."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        threads = [threading.Thread(target=self._keep, args=(c,)) for c in self.commands]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            # In short pieces: a signal is only taken between them.
            for thread in threads:
                thread.join(_LOOK_S)
        return self._status

    def running(self) -> dict[str, bool]:
        """Whether each process runs now, by its name; from any thread."""
        return {command.name: self._running.get(command.name, False) for command in self.commands}

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _keep(self, command: Command) -> None:
        wait_s, first = _FIRST_WAIT_S, True
        while not self._stop.is_set():
            started = time.monotonic()
            status = self._run_once(command)
            if self._stop.is_set():
                return
            if first and status in _FATAL:
                self._status = status
                self._stop.set()
                return
            steady = time.monotonic() - started > _STEADY_S
            wait_s = _FIRST_WAIT_S if steady else min(2 * wait_s, _LONGEST_WAIT_S)
            first = False
            log.warning("process ended", extra={"child": command.name, "status": status})
            self._stop.wait(0.0 if steady else wait_s)

    def _run_once(self, command: Command) -> int:
        process = subprocess.Popen(
            [sys.executable, "-P", *command.arguments],
            stdin=subprocess.PIPE,
            pass_fds=command.descriptors,
            start_new_session=True,  # a Ctrl-C is for us, who then end them in order
            env={**os.environ, PROCESS_VARIABLE: command.name},
        )
        self._running[command.name] = True
        try:
            return self._until_it_ends(process)
        finally:
            self._running[command.name] = False

    def _until_it_ends(self, process: subprocess.Popen[bytes]) -> int:
        # Popen.wait with a time limit would look again and again, a hundred times a second.
        end = os.pidfd_open(process.pid)
        try:
            while not self._stop.is_set():
                if select.select([end], [], [], _LOOK_S)[0]:
                    return process.wait()
        finally:
            os.close(end)
        process.terminate()
        try:
            return process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
