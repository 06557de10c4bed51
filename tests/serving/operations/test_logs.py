"""Log lines: JSON, with the request's id, and of errors the kind and the place, not the message."""

import io
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tingzhen.errors import RecordsUnavailable
from tingzhen.language import Text
from tingzhen.serving.logs import JsonLines, log_to_stderr, request_id

SECRET = "粤B12345 of Zhang San"  # noqa: S105 - no password


def lines(*, messages: bool = False, log: Any) -> list[dict[str, Any]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(messages=messages))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    log(logger)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(logger: logging.Logger) -> None:
    try:
        try:
            {}[SECRET]
        except KeyError as error:
            raise RecordsUnavailable(Text(SECRET, SECRET)) from error
    except RecordsUnavailable:
        logger.exception("it failed", extra={"clip_id": "0" * 32})


def test_an_error_is_told_without_what_somebody_wrote() -> None:
    (line,) = lines(log=fail)
    assert SECRET not in json.dumps(line, ensure_ascii=False)
    kinds = [cause["kind"] for cause in line["error"]]
    assert kinds == ["tingzhen.errors.RecordsUnavailable", "builtins.KeyError"]
    assert line["error"][0]["code"] == "records_unavailable"
    assert "test_logs.py" in line["error"][1]["places"][-1]
    assert line["clip_id"] == "0" * 32


def test_messages_are_there_where_they_were_asked_for() -> None:
    (line,) = lines(log=fail, messages=True)
    assert line["error"][0]["message"] == SECRET


def test_the_request_is_named_while_it_is_answered() -> None:
    token = request_id.set("r-1")
    assert lines(log=lambda logger: logger.error("x"))[0]["request_id"] == "r-1"
    request_id.reset(token)
    assert "request_id" not in lines(log=lambda logger: logger.error("x"))[0]


@pytest.fixture
def _logging() -> Iterator[None]:
    root, hook = logging.getLogger(), threading.excepthook
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:], threading.excepthook = before, hook
    root.setLevel(level)
    logging.captureWarnings(False)
    logging.getLogger("uvicorn.access").disabled = False


@pytest.mark.usefixtures("_logging")
def test_a_thread_that_fails_is_told_as_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("info")
    thread = threading.Thread(target=lambda: {}[SECRET], name="careless")  # type: ignore[index]
    thread.start()
    thread.join()
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (line["event"], line["of_thread"]) == ("thread failed", "careless")
    assert SECRET not in json.dumps(line, ensure_ascii=False)
