"""What the OpenAPI document says of sending clips, beyond what the code says by itself."""

from typing import Any, Final

from tingzhen.serving.report.example import REPORT_EXAMPLE

_CONTEXT: Final = '{"when": ["braking"], "complaint": "squeals when I stop"}'
_BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_FORM: Final[dict[str, Any]] = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {
            "file": {
                "type": "string",
                "contentMediaType": "application/octet-stream",
                "description": "Video, audio file or photo. Last of the fields, so that a mistake "
                "in the others is told before the file is sent.",
            },
            "context": {
                "type": "string",
                "description": "Circumstances as a JSON object, the same as for `--context`.",
                "examples": [_CONTEXT],
            },
            "workshop": {
                "type": "string",
                "pattern": "^[a-z][a-z0-9_-]{0,31}$",
                "description": "Key of the workshop that may see the clip.",
            },
            "lang": {"type": "string", "enum": ["zh", "en"]},
        },
    }
}
_CLIP: Final = {"$ref": "#/components/schemas/ClipView"}
LOCATION: Final[dict[str, Any]] = {
    "description": "Where the clip is.", "schema": {"type": "string"},
}  # fmt: skip
_APPLIED: Final[dict[str, Any]] = {
    "description": "How long was waited (RFC 7240).", "schema": {"type": "string"},
}  # fmt: skip
CREATE_DOCUMENT: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": _FORM,
            "video/mp4": _BINARY,
            "audio/wav": _BINARY,
            "image/jpeg": _BINARY,
        },
    }
}
ACCEPTED_DOCUMENT: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "description": "File and record are safe on disk; the analysis waits or is at work.",
        "headers": {
            "Location": LOCATION,
            "Idempotency-Replayed": {
                "description": "`true` where an earlier request with the same key made the clip.",
                "schema": {"type": "string"},
            },
        },
        "content": {"application/json": {"schema": _CLIP}},
    },
    200: {
        "description": "The report, where `Prefer: wait` was long enough.",
        "headers": {"Location": LOCATION, "Preference-Applied": _APPLIED},
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Report"}, "example": REPORT_EXAMPLE,
            }
        },
    },
}  # fmt: skip
REPORT_DOCUMENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The report; as a page for a person where `Accept` prefers text/html.",
        "content": {
            "application/json": {"example": REPORT_EXAMPLE},
            "text/html": {"schema": {"type": "string"}},
        },
    }
}
_EVENT: Final[dict[str, Any]] = {
    "schema": {
        "type": "object",
        "properties": {
            "event": {
                "type": "string",
                "enum": ["accepted", "step", "noise", "report", "failed", "cancelled", "confirmed"],
            },
            "id": {"type": "string", "description": "For `Last-Event-ID`."},
            "data": {"type": "string", "description": "JSON, with `clip_id` and `at`."},
            "retry": {"type": ["integer", "string"], "description": "Milliseconds."},
        },
    },
    "example": {
        "event": "step",
        "id": "17",
        "data": '{"clip_id": "0", "at": "2026-01-01T08:00:00+00:00", "step": "facts"}',
    },
}
EVENTS_DOCUMENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-Sent Events: accepted, step, noise, report, failed, cancelled, "
        "confirmed. The stream ends after the last one.",
        "content": {"text/event-stream": _EVENT},
    },
    204: {"description": "Nothing more will come after `Last-Event-ID`: do not ask again."},
}
