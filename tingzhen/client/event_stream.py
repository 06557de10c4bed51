"""What happens to a clip, as it happens: Server-Sent Events, gone on with after a lost line.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tingzhen.client.connection import Connection
from tingzhen.client.problems import answer_invalid
from tingzhen.errors import ServiceUnreachable

_LAST: Final = frozenset({"report", "failed", "cancelled"})
_ENDPOINT: Final = "GET /v1/clips/{clip_id}/events"
_COME_BACK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Event:
    """id: to go on after it. kind: accepted, step, noise, report, failed, cancelled, confirmed."""

    id: int
    kind: str
    data: dict[str, Any]


def events_of(
    connection: Connection, clip_id: str, *, after: int | None, patience_s: float
) -> Iterator[Event]:
    """Until the analysis has ended. patience_s: how long a service that does not answer is asked
    again. Raises as `Connection.send`."""
    seen, lost_at = after, None
    while True:
        headers = {} if seen is None else {"last-event-id": str(seen)}
        try:
            with connection.stream(_ENDPOINT, headers=headers, clip_id=clip_id) as response:
                if response.status_code == 204:
                    return
                for event in parse_events(response.iter_lines()):
                    lost_at, seen = None, event.id
                    yield event
                    if event.kind in _LAST:
                        return
        except ServiceUnreachable:
            lost_at = time.monotonic() if lost_at is None else lost_at
            if time.monotonic() - lost_at >= patience_s:
                raise
        time.sleep(_COME_BACK_S)


def parse_events(lines: Iterable[str]) -> Iterator[Event]:
    """Comments, and what ends in the middle, are left out. Raises AnswerInvalid."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        if "data" in fields:
            try:
                yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            except (KeyError, ValueError) as error:
                raise answer_invalid("event") from error
        fields = {}
