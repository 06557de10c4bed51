"""Structured logs of the service: one JSON object a line on stderr, no names, no owner's words.

What went wrong inside is told by the kind of the error and the places in the code. Its message may
hold what somebody wrote or a statement's values, so it is told at the level "debug" alone.
"""

import json
import logging
import sys
import threading
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

log = logging.getLogger("tingzhen.service")
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Of the request that is answered, in its task and in the threads that work for it."""

_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
_PLACES: Final = 12


class JsonLines(logging.Formatter):
    """time, level, event, the fields given with `extra`, and the error where there is one.

    messages: whether errors are told with their message.
    """

    def __init__(self, *, messages: bool = False) -> None:
        super().__init__()
        self._messages = messages

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if (asked := request_id.get()) is not None:
            line["request_id"] = asked
        line |= {key: value for key, value in vars(record).items() if key not in _OWN}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = self._error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)

    def _error(self, error: BaseException) -> list[dict[str, Any]]:
        """The error and what it came from, the last one first; the innermost places."""
        told: list[dict[str, Any]] = []
        at: BaseException | None = error
        while at is not None and len(told) < _PLACES:
            frames = traceback.extract_tb(at.__traceback__)[-_PLACES:]
            one: dict[str, Any] = {
                "kind": f"{type(at).__module__}.{type(at).__qualname__}",
                "places": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
            }
            if code := getattr(at, "code", None):
                one["code"] = str(code)
            if self._messages:
                one["message"] = str(at)
            told.append(one)
            at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
        return told


def log_to_stderr(level: str) -> None:
    """Send the service's and the web server's logs to stderr as JSON lines, and what would end a
    thread without a word."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(messages=level == "debug"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("tingzhen", "uvicorn"):
        logging.getLogger(name).setLevel(level.upper())
    # A line for each request is written by us, with the clip's id and the time it took.
    logging.getLogger("uvicorn.access").disabled = True
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    name = failed.thread.name if failed.thread is not None else None
    log.error("thread failed", exc_info=failed.exc_value, extra={"of_thread": name})
