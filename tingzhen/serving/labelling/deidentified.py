"""A clip as an engineer sees it: what the machine and people say of it, and not whose it is.

Left out: owner, workshop, the file's name, everything that somebody wrote, SHA-256, region and
place. Coarser: the moment becomes the day, the mileage a multiple of 10,000 km. Pictures and sound
are the copies with faces and plates blurred and voices masked. Make, model and year stay, so a rare
vehicle can be recognised by somebody who knows it.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

from tingzhen.audio.spectrogram_picture import BOTTOM_PX, LEFT_PX, RIGHT_PX, TOP_PX
from tingzhen.audio.vocabulary import NOISE_NAMES
from tingzhen.diagnosis import Circumstances
from tingzhen.language import Language
from tingzhen.serving.records import (
    ClipCorrection,
    ClipFacts,
    ClipLabel,
    ClipRecord,
    ModelAgreement,
    RecogniserTask,
)
from tingzhen.serving.report.page_sound import SPECTROGRAM_PX
from tingzhen.vision.vocabulary import DAMAGE_NAMES

MASKED: Final = "***"
ROOT: Final = "/v1/lab/clips"
_KM: Final = 10_000
_PLOT: Final = {
    "left": LEFT_PX / SPECTROGRAM_PX[0], "right": 1 - RIGHT_PX / SPECTROGRAM_PX[0],
    "top": TOP_PX / SPECTROGRAM_PX[1], "bottom": 1 - BOTTOM_PX / SPECTROGRAM_PX[1],
}  # fmt: skip
"""Edges of the plot in the spectrogram's picture, 0..1 of it."""
_CORRECTED: Final = (
    "kind", "task", "type", "instead", "start_s", "end_s", "low_hz", "high_hz", "frame", "x", "y",
    "width", "height", "role",
)  # fmt: skip


def type_name(task: RecogniserTask, type_: str, language: Language) -> str:
    """The name of a noise or damage type; the word itself where it is none."""
    names: dict[Any, Any] = NOISE_NAMES if task == "noise" else DAMAGE_NAMES
    return str(names[type_].to(language)) if type_ in names else type_


def source_of(record: ClipRecord, facts: ClipFacts | None) -> str:
    """generated, workshop (somebody's clip that a workshop sees) or owner."""
    if facts is not None and facts.generated:
        return "generated"
    return "workshop" if record.workshop is not None else "owner"


def confirmed_of(record: ClipRecord, faults: Collection[str]) -> str | None:
    """What was confirmed: an id of the base or "none_of_these"; words of a person are masked."""
    confirmed = record.confirmed_fault
    if confirmed is None or confirmed == "none_of_these" or confirmed in faults:
        return confirmed
    return MASKED


def row_of(
    record: ClipRecord, facts: ClipFacts, faults: Collection[str], language: Language
) -> dict[str, Any]:
    """A clip in a list, as JSON values. faults: ids of the base."""
    return {
        "id": record.id, "day": record.created_at.date().isoformat(), "kind": record.kind,
        "source": source_of(record, facts), "generated": facts.generated,
        "duration_s": facts.duration_s, "quality": codes_of(facts),
        "noise": _task_row("noise", record.noise_verdict, facts, language),
        "damage": _task_row("damage", record.damage_verdict, facts, language),
        "confirmed_fault": confirmed_of(record, faults),
        "links": {"self": f"{ROOT}/{record.id}", "sound": f"{ROOT}/{record.id}/sound",
                  "spectrogram": f"{ROOT}/{record.id}/spectrogram.png"},
    }  # fmt: skip


def detail_of(
    row: dict[str, Any],
    record: ClipRecord,
    language: Language,
    *,
    frames: Sequence[tuple[int, float]],
    corrections: Sequence[ClipCorrection],
    labels: Sequence[ClipLabel],
    compared: Sequence[ModelAgreement],
) -> dict[str, Any]:
    """One clip in full. row: of `row_of`. frames: number and moment in s of the kept pictures."""
    report = json.loads(record.report(language) or "{}")
    circumstances = Circumstances.model_validate_json(record.circumstances)
    vehicle = circumstances.vehicle
    mileage = vehicle.mileage_km
    return row | {
        "vehicle": {
            "make": vehicle.make, "model": vehicle.model, "year": vehicle.year,
            "powertrain": vehicle.powertrain,
            "mileage_km": None if mileage is None else round(mileage / _KM) * _KM,
        },
        "when": list(circumstances.when), "speed_kmh": circumstances.speed_kmh,
        "ambient_c": circumstances.ambient_c, "humidity_pct": circumstances.humidity_pct,
        "noise": row["noise"] | {
            "types": report["noise"]["types"], "events": report["noise"]["events"]},
        "damage": row["damage"] | {
            "types": report["damage"]["types"], "findings": report["damage"]["findings"]},
        "quality_facts": report["quality"], "plot": _PLOT,
        "frames": [
            {"number": number, "time_s": round(time_s, 3),
             "url": f"{ROOT}/{record.id}/frames/{number}.jpg"}
            for number, time_s in frames
        ],
        "corrections": [{name: getattr(one, name) for name in _CORRECTED} for one in corrections],
        "labels": [label_of(label) for label in labels],
        "compared": [
            {"task": one.task, "active_version": one.active, "shadow_version": one.shadow,
             "agree": one.agree, "active": one.data["active"], "shadow": one.data["shadow"]}
            for one in compared
        ],
    }  # fmt: skip


def label_of(label: ClipLabel) -> dict[str, Any]:
    """As JSON values; who gave it is a key, which engineers see of one another."""
    return {
        "task": label.task, "types": label.types, "regions": label.regions.get("regions", []),
        "author": label.author, "source": label.source,
        "labelled_at": label.labelled_at.isoformat(timespec="seconds"),
    }  # fmt: skip


def codes_of(facts: ClipFacts) -> list[str]:
    """Codes of what is poor in the recording."""
    return [code for code in facts.quality.split(";") if code]


def _task_row(
    task: RecogniserTask, verdict: str | None, facts: ClipFacts, language: Language
) -> dict[str, Any]:
    first = getattr(facts, f"{task}_type")
    return {
        "verdict": verdict,
        "version": getattr(facts, f"{task}_version"),
        "first": first,
        "first_name": None if first is None else type_name(task, first, language),
        "probability": getattr(facts, f"{task}_probability"),
    }
