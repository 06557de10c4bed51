"""The fixed report as a JSON Schema, written by hand from its definition, not from our models."""

from typing import Any

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.vision.vocabulary import DAMAGE_TYPES

PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1}
SECONDS = {"type": "number", "minimum": 0}
SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
WORDS = {"type": "string", "minLength": 1}


def exactly(**properties: Any) -> dict[str, Any]:
    """An object with these keys, none missing and none more."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def at_least(optional: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """An object with these keys and none more than the optional ones."""
    fixed = exactly(**properties)
    return fixed | {"properties": fixed["properties"] | optional}


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": schema, **more}


def all_types(vocabulary: tuple[str, ...]) -> dict[str, Any]:
    entry = exactly(type={"enum": list(vocabulary)}, name=WORDS, probability=PROBABILITY)
    return listed(entry, minItems=len(vocabulary), maxItems=len(vocabulary))


MODEL = exactly(name=WORDS, version=WORDS, sha256=SHA256)
REPORT = exactly(
    schema={"const": "tingzhen.report/1"},
    clip=exactly(
        name={"type": "string"},
        sha256=SHA256,
        bytes={"type": "integer", "minimum": 0},
        kind={"enum": ["video", "audio", "photo"]},
        duration_s=SECONDS,
        video=or_null(
            exactly(
                codec=WORDS,
                width={"type": "integer"},
                height={"type": "integer"},
                rotation={"type": "integer"},
                frames_used={"type": "integer", "minimum": 0},
            )
        ),
        audio=or_null(
            exactly(codec=WORDS, sample_rate={"type": "integer"}, channels={"type": "integer"})
        ),
    ),
    quality=listed(exactly(code=WORDS, message=WORDS, advice=WORDS)),
    noise=exactly(
        verdict={"enum": ["abnormal", "normal", "cannot_tell", "no_audio"]},
        types=all_types(NOISE_TYPES),
        events=listed(
            exactly(
                type={"enum": list(NOISE_TYPES)},
                start_s=SECONDS,
                end_s=SECONDS,
                probability=PROBABILITY,
            )
        ),
    ),
    damage=exactly(
        verdict={"enum": ["damaged", "undamaged", "cannot_tell", "no_video"]},
        types=all_types(DAMAGE_TYPES),
        findings=listed(
            at_least(
                {"frames": {"type": "integer", "minimum": 1}, "start_s": SECONDS, "end_s": SECONDS},
                type={"enum": list(DAMAGE_TYPES)},
                probability=PROBABILITY,
                time_s=SECONDS,
                box=listed(PROBABILITY, minItems=4, maxItems=4),
            )
        ),
    ),
    diagnosis=exactly(
        verdict=WORDS,
        drive={"enum": ["stop", "soon", "ok", "unknown"]},
        causes=listed(
            exactly(
                fault=WORDS,
                name=WORDS,
                probability=PROBABILITY,
                severity=WORDS,
                evidence=listed({"type": "object"}),
            )
        ),
        next_test=or_null({"type": "object"}),
        plan={"type": "array"},
    ),
    models=exactly(noise=MODEL, damage=MODEL),
    timing_ms=exactly(
        **dict.fromkeys(("decode", "noise", "damage", "diagnosis", "total"), SECONDS)
    ),
)
ERROR = exactly(schema={"const": "tingzhen.error/1"}, name=WORDS, code=WORDS, message=WORDS)
EITHER = {"oneOf": [REPORT, ERROR]}
