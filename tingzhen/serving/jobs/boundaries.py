"""Named moments of a job, at which tests end the process to see what survives.

Nothing happens at them unless TINGZHEN_TEST_KILL_ORDERS names a folder: a file there with the name
of a moment, "sound:done", ends the first process that comes to it, and is gone then.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

Boundary = Callable[[str], None]
_VARIABLE = "TINGZHEN_TEST_KILL_ORDERS"


def boundary_hook() -> Boundary:
    """What is called with the name of each moment that is reached."""
    orders = os.environ.get(_VARIABLE)
    if not orders:
        return _pass_by

    def obey(name: str) -> None:
        try:
            Path(orders, name).unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    return obey


def _pass_by(name: str) -> None:
    pass
