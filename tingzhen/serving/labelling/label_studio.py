"""Clips and labels as tasks of Label Studio, in its documented JSON format.

A clip's sound is one task; each kept picture is one. What the machine says is a prediction, what
somebody said an annotation. Places are as Label Studio has them: seconds of the sound, percent of
the picture. Formats: labelstud.io/guide/task_format, /guide/predictions, /tags/labels,
/tags/rectanglelabels, /tags/choices.
"""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from tingzhen.language import Language
from tingzhen.serving.labelling.deidentified import type_name
from tingzhen.serving.labelling.label import PLACED, TYPES, UNSURE
from tingzhen.serving.records import ClipLabel, RecogniserTask

WHOLE: Final = "whole"
"""Name of the choices that hold for the whole clip or picture."""
PLACE: Final = "place"
"""Name of the labels that have a place."""
SOUND: Final = "sound"
PICTURE: Final = "picture"
_ID_DIGITS: Final = 6


def config_of(task: RecogniserTask, language: Language) -> str:
    """The labelling interface (XML) that goes with the tasks; labels are the types' own words, with
    their names as hints."""
    tag, media, value = (
        ("Labels", SOUND, "$sound") if task == "noise" else ("RectangleLabels", PICTURE, "$picture")
    )
    opened = f'<Audio name="{SOUND}" value="{value}"/>' if task == "noise" else (
        f'<Image name="{PICTURE}" value="{value}" zoom="true"/>')  # fmt: skip
    labels = "".join(
        f'\n    <Label value="{escape(t)}" hint="{escape(type_name(task, t, language))}"/>'
        for t in PLACED[task]
    )
    choices = "".join(
        f'\n    <Choice value="{escape(t)}" hint="{escape(type_name(task, t, language))}"/>'
        for t in (*TYPES[task], UNSURE)
    )
    return (
        f"<View>\n  {opened}\n"
        f'  <{tag} name="{PLACE}" toName="{media}" choice="multiple">{labels}\n  </{tag}>\n'
        f'  <Choices name="{WHOLE}" toName="{media}" choice="multiple">{choices}\n  </Choices>\n'
        "</View>\n"
    )


def sound_task(
    clip: dict[str, Any], label: ClipLabel | None, url: str
) -> dict[str, Any]:  # fmt: skip
    """clip: of `detail_of`. url: where Label Studio finds the sound."""
    noise, duration_s = clip["noise"], clip["duration_s"]
    results = [_choices(SOUND, _said(noise["types"]), "p")]
    results += [
        _stretch(e["type"], e["start_s"], e["end_s"], duration_s, f"p{i:0{_ID_DIGITS}}")
        | {"score": e["probability"]}
        for i, e in enumerate(noise["events"], start=1)
    ]
    annotation = None
    if label is not None:
        annotation = [_choices(SOUND, label.types, "a")] + [
            _stretch(r["type"], r["start_s"], r["end_s"], duration_s, f"a{i:0{_ID_DIGITS}}")
            for i, r in enumerate(label.regions.get("regions", []), start=1)
        ]
    data = {"sound": url, "clip_id": clip["id"], "task": "noise"}
    return _task(clip, data, "noise", noise, results, annotation)


def picture_task(
    clip: dict[str, Any], frame: dict[str, Any], size_px: tuple[int, int], label: ClipLabel | None,
    url: str,
) -> dict[str, Any]:  # fmt: skip
    """frame: an entry of `frames`. size_px: width and height of its picture."""
    number, damage = frame["number"], clip["damage"]
    nearest = [f for f in damage["findings"] if _frame_of(clip, f["time_s"]) == number]
    found = sorted({f["type"] for f in nearest})
    whole = found or (["undamaged"] if damage["verdict"] == "undamaged" else [])
    results = [_choices(PICTURE, whole, "p")] if whole else []
    results += [
        _rectangle(f["type"], f["box"], size_px, f"p{i:0{_ID_DIGITS}}")
        | {"score": f["probability"]}
        for i, f in enumerate(nearest, start=1)
    ]
    annotation = None
    if label is not None:
        own = [r for r in label.regions.get("regions", []) if r["frame"] == number]
        types = sorted({r["type"] for r in own})
        if not types and set(label.types) <= {"undamaged", "not_vehicle", UNSURE}:
            types = label.types
        boxes = [(r["x"], r["y"], r["width"], r["height"]) for r in own]
        annotation = [_choices(PICTURE, types, "a")] if types else None
        if annotation is not None:
            annotation += [
                _rectangle(r["type"], box, size_px, f"a{i:0{_ID_DIGITS}}")
                for i, (r, box) in enumerate(zip(own, boxes, strict=True), start=1)
            ]
    data = {"picture": url, "clip_id": clip["id"], "frame": number, "task": "damage"}
    return _task(clip, data, "damage", damage, results, annotation)


def _task(  # noqa: PLR0917 - the parts of a task
    clip: dict[str, Any],
    data: dict[str, Any],
    task: RecogniserTask,
    said: dict[str, Any],
    predicted: list[dict[str, Any]],
    annotated: list[dict[str, Any]] | None,
) -> dict[str, Any]:
    more = {"day": clip["day"], "verdict": said["verdict"], "generated": clip["generated"]}
    prediction = {
        "model_version": f"tingzhen-{task} {said['version']}", "score": said["probability"] or 0.0,
        "result": predicted,
    }  # fmt: skip
    return {
        "data": data | more,
        "predictions": [prediction] if predicted else [],
        "annotations": [] if annotated is None else [
            {"result": annotated, "was_cancelled": False, "ground_truth": False}
        ],
    }  # fmt: skip


def _said(types: Sequence[dict[str, Any]]) -> list[str]:
    """The types that are more probable than not, else the most probable one."""
    return [t["type"] for t in types if t["probability"] >= 0.5] or [types[0]["type"]]


def _choices(media: str, types: Sequence[str], id_: str) -> dict[str, Any]:
    return {
        "id": f"{id_}whole", "type": "choices", "from_name": WHOLE, "to_name": media,
        "value": {"choices": list(types)},
    }  # fmt: skip


def _stretch(
    type_: str, start_s: float, end_s: float, duration_s: float, id_: str
) -> dict[str, Any]:
    return {
        "id": id_, "type": "labels", "from_name": PLACE, "to_name": SOUND,
        "original_length": duration_s,
        "value": {"start": start_s, "end": end_s, "channel": 0, "labels": [type_]},
    }  # fmt: skip


def _rectangle(
    type_: str, box: Sequence[float], size_px: tuple[int, int], id_: str
) -> dict[str, Any]:
    x, y, width, height = (round(100 * side, 5) for side in box)
    return {
        "id": id_, "type": "rectanglelabels", "from_name": PLACE, "to_name": PICTURE,
        "original_width": size_px[0], "original_height": size_px[1], "image_rotation": 0,
        "value": {"x": x, "y": y, "width": width, "height": height, "rotation": 0,
                  "rectanglelabels": [type_]},
    }  # fmt: skip


def _frame_of(clip: dict[str, Any], time_s: float) -> int | None:
    nearest = min(clip["frames"], key=lambda f: abs(f["time_s"] - time_s), default=None)
    return None if nearest is None else int(nearest["number"])
