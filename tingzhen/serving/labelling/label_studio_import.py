"""Annotations of Label Studio as labels: the JSON export (not JSON-MIN), task by task.

Of each task the last annotation counts that was not cancelled. What of it cannot be used is said
with the number of its task; the others are taken. Pictures of one clip become one label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from tingzhen.language import Text
from tingzhen.serving.labelling.label import TYPES, UNSURE, DamageLabel, NoiseLabel
from tingzhen.serving.records import RecogniserTask

MOST_TASKS: Final = 20_000
_WHOLE_PICTURE: Final = ("undamaged", "not_vehicle", UNSURE)


@dataclass(frozen=True, slots=True)
class Refused:
    """What of the file cannot be used. number: of the task in the file, from 1."""

    number: int
    reason: Text


@dataclass(frozen=True, slots=True)
class Read:
    """labels: by clip id and task, with the numbers of the tasks that each was made of. without:
    tasks without a finished annotation."""

    labels: dict[tuple[str, RecogniserTask], tuple[NoiseLabel | DamageLabel, tuple[int, ...]]]
    refused: list[Refused]
    without: int


@dataclass(slots=True)
class _Gathered:
    types: list[str] = field(default_factory=list)
    regions: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


class _Unusable(Exception):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


def read_annotations(tasks: Sequence[Any]) -> Read:
    """tasks: entries of a JSON export, of any content."""
    gathered: dict[tuple[str, RecogniserTask], _Gathered] = {}
    refused: list[Refused] = []
    without = 0
    for number, task in enumerate(tasks, start=1):
        try:
            read = _task(task)
        except _Unusable as error:
            refused.append(Refused(number, error.text))
            continue
        if read is None:
            without += 1
            continue
        key, types, regions = read
        one = gathered.setdefault(key, _Gathered())
        one.types += [t for t in types if t not in one.types]
        one.regions += regions
        one.numbers.append(number)
    labels = {}
    for key, one in gathered.items():
        try:
            labels[key] = (_label(key[1], one), tuple(one.numbers))
        except ValidationError as error:
            said = str(error.errors()[0]["msg"])
            refused.append(
                Refused(
                    one.numbers[0],
                    Text(f"标注不能使用：{said}。", f"The label cannot be used: {said}."),
                )
            )
    return Read(labels, sorted(refused, key=lambda r: r.number), without)


def _label(task: RecogniserTask, one: _Gathered) -> NoiseLabel | DamageLabel:
    placed = [r["type"] for r in one.regions]
    types = list(dict.fromkeys([*one.types, *placed]))
    if task == "noise":
        return NoiseLabel.model_validate({"types": types, "regions": one.regions})
    # One picture shows nothing, another does: the clip shows it.
    real = [t for t in types if t not in _WHOLE_PICTURE]
    types = real or types[:1]
    return DamageLabel.model_validate({"types": types, "regions": one.regions})


def _task(
    task: Any,
) -> tuple[tuple[str, RecogniserTask], list[str], list[dict[str, Any]]] | None:
    """None where nobody has finished an annotation."""
    if not isinstance(task, Mapping) or not isinstance(task.get("data"), Mapping):
        raise _Unusable(
            "不是 Label Studio 的任务（缺少 data）。请以 JSON 格式导出。",
            "This is no task of Label Studio: it has no data. Export as JSON.",
        )
    data = task["data"]
    clip_id, name = data.get("clip_id"), data.get("task")
    if not isinstance(clip_id, str) or name not in TYPES:
        raise _Unusable("任务没有 clip_id 或 task，不是由本服务导出的。",
                        "The task has no clip_id or task: it was not exported here.")  # fmt: skip
    kind: RecogniserTask = name
    done = [a for a in task.get("annotations") or [] if isinstance(a, Mapping)
            and not a.get("was_cancelled")]  # fmt: skip
    if not done:
        return None
    results = done[-1].get("result")
    if not isinstance(results, list):
        raise _Unusable("标注没有 result。", "The annotation has no result.")
    types: list[str] = []
    regions: list[dict[str, Any]] = []
    for result in results:
        _add(result, types, regions, data.get("frame"))
    if not types and not regions:
        return None
    return (clip_id, kind), types, regions


def _add(result: Any, types: list[str], regions: list[dict[str, Any]], frame: Any) -> None:
    kind = result.get("type") if isinstance(result, Mapping) else None
    value = result.get("value") if isinstance(result, Mapping) else None
    if not isinstance(value, Mapping):
        raise _Unusable("标注的一项没有 value。", "A part of the annotation has no value.")
    if kind == "choices":
        types += [t for t in _words(value.get("choices")) if t not in types]
    elif kind == "labels":
        for type_ in _words(value.get("labels")):
            start_s, end_s = _number(value.get("start")), _number(value.get("end"))
            regions.append({"type": type_, "start_s": start_s, "end_s": end_s})
    elif kind == "rectanglelabels":
        if _number(value.get("rotation") or 0) % 360:
            raise _Unusable("不支持旋转的方框。请把方框转正。",
                            "A rotated box cannot be used. Turn it upright.")  # fmt: skip
        x, y, width, height = (_number(value.get(n)) / 100 for n in ("x", "y", "width", "height"))
        left, top = max(0.0, x), max(0.0, y)
        box = {"x": left, "y": top, "width": min(1.0, x + width) - left,
               "height": min(1.0, y + height) - top}  # fmt: skip
        for type_ in _words(value.get("rectanglelabels")):
            rounded = {name: round(side, 6) for name, side in box.items()}
            regions.append({"type": type_, "frame": frame, **rounded})
    else:
        raise _Unusable(f"标注类型 {kind} 不能使用。", f"A result of type {kind} cannot be used.")


def _words(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise _Unusable("标注的标签不是文字列表。", "The labels of a result are no list of words.")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Unusable("标注的位置不是数字。", "A place of the annotation is no number.")
    return float(value)
