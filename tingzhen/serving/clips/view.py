"""A clip as the interface shows it: where it stands, what is known by now, where the rest is."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from tingzhen.diagnosis.result import Drive, Severity
from tingzhen.errors import UploadInvalid
from tingzhen.language import Language, Text
from tingzhen.serving.records import ClipEvent, ClipRecord, ClipState, Place
from tingzhen.serving.report.example import REPORT_EXAMPLE
from tingzhen.serving.report.model import Report
from tingzhen.serving.report.summary import STANDS_OUT

ROOT: Final = "/v1/clips"
STEPS: Final = ("facts", "sound", "frames", "recognition", "diagnosis", "publish")
LAST_EVENTS: Final = frozenset({"report", "failed", "cancelled"})
_SAYS_ALL: Final = {"zh", "en"}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClipError(_Part):
    """Why there is no report."""

    code: str = Field(examples=["unsupported_codec"])
    message: str


class Progress(_Part):
    """How far the analysis is. done: steps in their order."""

    done: list[str] = Field(examples=[["facts", "sound"]])
    of: list[str] = Field(examples=[list(STEPS)])


class Links(_Part):
    """Where the rest of the clip is."""

    self_: str = Field(alias="self", examples=[f"{ROOT}/{'0' * 32}"])
    events: str
    report: str
    reports: str
    diagnosis: str
    frames: str
    spectrogram: str
    sound: str

    @classmethod
    def of(cls, clip_id: str) -> Self:
        own = f"{ROOT}/{clip_id}"
        return cls(
            self=own, events=f"{own}/events", report=f"{own}/report", reports=f"{own}/reports",
            diagnosis=f"{own}/diagnosis", frames=f"{own}/frames",
            spectrogram=f"{own}/spectrogram.png", sound=f"{own}/sound",
        )  # fmt: skip


class LikelyCause(_Part):
    """The likeliest fault of a report, where one stands out."""

    fault: str = Field(examples=["brake_pads_worn"])
    name: str
    probability: float
    severity: Severity


class ClipSummary(_Part):
    """A clip in a list."""

    id: str = Field(examples=["0" * 32])
    state: ClipState
    created_at: datetime
    finished_at: datetime | None
    label: str = Field(description="The file name that it was sent with.")
    kind: Literal["video", "audio", "photo"] | None
    bytes: int
    workshop: str | None
    make: str | None
    model: str | None
    noise: str | None = Field(description="Verdict on the sound.", examples=["abnormal"])
    damage: str | None = Field(description="Verdict on the pictures.", examples=["no_video"])
    drive: Drive | None = Field(description="Advice of the report; null while there is none.")
    severity: Severity | None = Field(description="The gravest of the causes that stand out.")
    cause: LikelyCause | None
    generated: bool = Field(description="A demonstration: it shows no real vehicle.")
    error: ClipError | None
    confirmed_fault: str | None
    session_id: str | None = Field(description="Of the guided session on its diagnosis.")
    links: Links


class ClipView(ClipSummary):
    """One clip. heard: what is known of the sound while the pictures are still looked at."""

    schema_: Literal["tingzhen.clip/1"] = Field(alias="schema")
    sha256: str
    context: dict[str, Any] = Field(description="The circumstances that it was sent with.")
    progress: Progress
    heard: dict[str, Any] | None
    report: Report | None = Field(examples=[REPORT_EXAMPLE])


class ClipPage(_Part):
    """Newest first, or by urgency."""

    schema_: Literal["tingzhen.clips/1"] = Field(alias="schema")
    clips: list[ClipSummary]
    next_cursor: str | None = Field(description="For `cursor`, to read on; null at the end.")


def summary_of(record: ClipRecord, language: Language) -> dict[str, Any]:
    """As JSON values, the keys of ClipSummary."""
    return {
        "id": record.id, "state": record.state, "created_at": record.created_at.isoformat(),
        "finished_at": record.finished_at and record.finished_at.isoformat(),
        "label": record.label, "kind": record.kind, "bytes": record.size_bytes,
        "workshop": record.workshop, "make": record.make, "model": record.model,
        "noise": record.noise_verdict, "damage": record.damage_verdict,
        "drive": record.drive, "severity": record.severity, **_told(record, language),
        "error": error_of(record, language), "confirmed_fault": record.confirmed_fault,
        "session_id": record.session_id,
        "links": Links.of(record.id).model_dump(by_alias=True),
    }  # fmt: skip


def _told(record: ClipRecord, language: Language) -> dict[str, Any]:
    """Of the report: what is likeliest, and whether it is a demonstration."""
    report: dict[str, Any] = json.loads(record.report(language) or "{}")
    causes = report.get("diagnosis", {}).get("causes", [])
    found = next((c for c in causes if c["probability"] >= STANDS_OUT), None)
    codes = {fact["code"] for fact in report.get("quality", [])}
    return {
        "cause": found and {key: found[key] for key in LikelyCause.model_fields},
        "generated": "generated_clip" in codes,
    }


def view_of(
    record: ClipRecord, events: Sequence[ClipEvent], language: Language
) -> dict[str, Any]:  # fmt: skip
    """events: of the clip, in their order. As JSON values, the keys of ClipView."""
    events = _of_this_time(record, events)
    done = [event.data["step"] for event in events if event.kind == "step"]
    heard = next((event.data for event in reversed(events) if event.kind == "noise"), None)
    if heard is not None:
        done.append("sound")
    report = record.report(language)
    steps = STEPS if record.state == "done" else [step for step in STEPS if step in done]
    return {
        "schema": "tingzhen.clip/1", **summary_of(record, language), "sha256": record.sha256,
        "context": json.loads(record.circumstances),
        "progress": {"done": list(steps), "of": list(STEPS)},
        "heard": in_language(heard, language),
        "report": None if report is None else json.loads(report),
    }  # fmt: skip


def _of_this_time(record: ClipRecord, events: Sequence[ClipEvent]) -> Sequence[ClipEvent]:
    """Those of the analysis that is under way; of a clip that is done, those up to its report: what
    was tried later came to nothing."""
    kinds = [event.kind for event in events]
    if record.state == "done" and "report" in kinds:
        return events[: len(kinds) - kinds[::-1].index("report")]
    if "accepted" in kinds:
        return events[len(kinds) - 1 - kinds[::-1].index("accepted") :]
    return events


def error_of(record: ClipRecord, language: Language) -> dict[str, str] | None:
    if record.error_code is None:
        return None
    message = (record.error_zh if language == "zh" else record.error_en) or record.error_code
    return {"code": record.error_code, "message": message}


def in_language(data: Any, language: Language) -> Any:
    """Data of an event with each text in one language."""
    if isinstance(data, dict):
        if data.keys() == _SAYS_ALL:
            return data[language]
        return {key: in_language(value, language) for key, value in data.items()}
    if isinstance(data, list):
        return [in_language(value, language) for value in data]
    return data


def cursor_of(record: ClipRecord, *, by_urgency: bool = False) -> str:
    """Where the page after this clip begins; to be handed back as it is."""
    plain = f"{record.created_at.isoformat()}|{record.id}"
    if by_urgency:
        plain += f"|{record.urgency}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def place_of(cursor: str) -> Place:
    """Raises UploadInvalid for what `cursor_of` did not write."""
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
        at, clip_id, *urgency = plain.split("|")
        created_at = in_utc(datetime.fromisoformat(at))
        place = Place(created_at, clip_id, *(int(number) for number in urgency))
    except (binascii.Error, ValueError, TypeError) as error:
        raise wrong_cursor() from error
    return place


def wrong_cursor() -> UploadInvalid:
    return UploadInvalid(
        Text("cursor 无效。请使用上一页给出的 next_cursor，筛选和排序不变。",
             "The cursor is none of ours. Give the `next_cursor` of the page before, with the same "
             "filters and order.")
    )  # fmt: skip


def in_utc(moment: datetime) -> datetime:
    """Raises ValueError for a moment without a zone, or that UTC has no year for."""
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone, such as Z or +08:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time out of range") from error
