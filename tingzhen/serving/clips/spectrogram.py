"""The spectrogram of a clip as numbers: where its plot lies in the picture, and the events in it
with the band in which each is heard."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from tingzhen.audio import NoiseEvent
from tingzhen.errors import FileMissing
from tingzhen.language import Language
from tingzhen.serving.files import FileStore, clip_prefix
from tingzhen.serving.records import ClipRecord
from tingzhen.serving.report.page_sound import SPECTROGRAM_PX

_NAME: Final = "events.json"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PlotView(_Part):
    """The picture, and where the plot lies in it. left, right, top, bottom: its edges, 0..1 of the
    picture; low_hz is at the bottom, high_hz at the top, mel between them
    (2595 log10(1 + f / 700))."""

    url: str
    width_px: int
    height_px: int
    left: float
    right: float
    top: float
    bottom: float
    low_hz: float
    high_hz: float


class EventView(_Part):
    """A noise event. number: its tag in the picture. low_hz, high_hz: null for clips whose picture
    was made before bands were kept. colour: of its box."""

    number: int
    type: str
    name: str
    colour: str = Field(examples=["#eb9a2f"])
    start_s: float
    end_s: float
    probability: float
    low_hz: float | None
    high_hz: float | None


class SpectrogramView(_Part):
    """duration_s: of the sound, the whole width of the plot."""

    schema_: Literal["tingzhen.spectrogram/1"] = Field(alias="schema")
    plot: PlotView
    duration_s: float
    events: list[EventView]


def keep_bands(
    files: FileStore, clip_id: str, duration_s: float, events: Sequence[NoiseEvent]
) -> None:
    """Keep the events as they were drawn. Raises FilesUnavailable, StorageFull."""
    content = {"duration_s": duration_s, "events": [asdict(event) for event in events]}
    files.put_bytes(clip_prefix(clip_id) + _NAME, json.dumps(content).encode())


def spectrogram_view(files: FileStore, record: ClipRecord, language: Language) -> dict[str, Any]:
    """record: with its picture made. As JSON values, the keys of SpectrogramView."""
    from tingzhen.audio import event_colour  # noqa: PLC0415 - OpenCV, only where sound is shown
    from tingzhen.audio.spectrogram_picture import (  # noqa: PLC0415 - see above
        BOTTOM_PX,
        HIGH_HZ,
        LEFT_PX,
        LOW_HZ,
        RIGHT_PX,
        TOP_PX,
    )

    report = json.loads(record.report(language) or "{}")
    names = {score["type"]: score["name"] for score in report["noise"]["types"]}
    kept = _kept(files, record.id)
    events = kept["events"] if kept else report["noise"]["events"]
    width, height = SPECTROGRAM_PX
    shown = []
    for number, event in enumerate(events, start=1):
        blue, green, red = event_colour(event["type"])
        shown.append({
            "number": number, "type": event["type"], "name": names[event["type"]],
            "colour": f"#{red:02x}{green:02x}{blue:02x}",
            "start_s": event["start_s"], "end_s": event["end_s"],
            "probability": event["probability"],
            "low_hz": event.get("low_hz"), "high_hz": event.get("high_hz"),
        })  # fmt: skip
    return {
        "schema": "tingzhen.spectrogram/1",
        "plot": {
            "url": f"/v1/clips/{record.id}/spectrogram.png", "width_px": width,
            "height_px": height, "left": LEFT_PX / width, "right": 1 - RIGHT_PX / width,
            "top": TOP_PX / height, "bottom": 1 - BOTTOM_PX / height,
            "low_hz": LOW_HZ, "high_hz": HIGH_HZ,
        },
        "duration_s": kept["duration_s"] if kept else report["clip"]["duration_s"],
        "events": shown,
    }  # fmt: skip


def _kept(files: FileStore, clip_id: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(files.read(clip_prefix(clip_id) + _NAME))
    except FileMissing:
        return None
    return found
