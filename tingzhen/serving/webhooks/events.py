"""What a webhook is told: kinds of events under their names, and the body of a delivery."""

import json
from datetime import datetime
from typing import Any, Final, Literal, get_args

from tingzhen.serving.records.webhooks import TEST, TOLD

EventName = Literal[
    "clip.accepted", "clip.noise", "clip.report", "clip.failed", "clip.cancelled", "clip.confirmed"
]
EVENT_NAMES: Final[tuple[EventName, ...]] = get_args(EventName)
_NAMES: Final = dict(zip(TOLD, EVENT_NAMES, strict=True)) | {TEST: "webhook.test"}
_KINDS: Final = {name: kind for kind, name in _NAMES.items()}


def name_of(kind: str) -> str:
    """Of a kind of event in the records."""
    return _NAMES[kind]


def kind_of(name: EventName) -> str:
    return _KINDS[name]


def content_of(kind: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    """The same for every attempt of one delivery."""
    return {"type": name_of(kind), "timestamp": at.isoformat(), "data": data}


def body_of(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
