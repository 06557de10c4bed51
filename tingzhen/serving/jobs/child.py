"""A process that another one watches over: it ends when it is told to, or when that one is gone."""

import os
import signal
import threading
from collections.abc import Callable


def end_with_parent(end: Callable[[], None]) -> None:
    """Call `end` on SIGTERM, and when the other end of standard input is closed; from then on
    Ctrl-C is for the parent alone. Call it from the main thread."""
    signal.signal(signal.SIGTERM, lambda *_: end())
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait_for_parent() -> None:
        while os.read(0, 1):
            pass
        end()

    threading.Thread(target=wait_for_parent, name="parent", daemon=True).start()
