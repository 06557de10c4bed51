"""Patience with databases and stores that are gone for a while.

What a clip's own bytes cause is never tried again: it would only happen again.
"""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from tingzhen.errors import CasesUnavailable, FilesUnavailable, RecordsUnavailable, StorageFull
from tingzhen.serving.logs import log
from tingzhen.serving.operations import measures

T = TypeVar("T")

PASSING: Final = (RecordsUnavailable, FilesUnavailable, StorageFull, CasesUnavailable)
"""Errors that go away by themselves or by what an operator does; no clip is given up for them."""

_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 3.0


def until_it_answers(work: Callable[[], T], *, between: Callable[[], None], what: str) -> T:
    """What `work` returns, tried again as long as it raises one of PASSING.

    The waits double from 0.1 s up to 3 s, so that the work goes on within seconds of the end of an
    outage. between: called before each new try; what it raises ends the trying. what: for the log.
    """
    wait_s = _FIRST_WAIT_S
    while True:
        try:
            return work()
        except PASSING as error:
            log.warning("waiting", extra={"step": what, "code": error.code, "wait_s": wait_s})
            measures.STEP_RETRIES.labels(what, error.code).inc()
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        between()
