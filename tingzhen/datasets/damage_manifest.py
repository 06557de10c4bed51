"""Manifests of vehicle photographs: what each picture says, and what it leaves unsaid.

A manifest is a CSV file beside its pictures with the columns

    path             relative to the manifest
    source           where the picture comes from
    group            one car or incident: the unit of every split
    labels           joined with ";": damage types, or one of the words below
    boxes_xywh_norm  JSON list of [label, x, y, w, h], 0..1 from the top left; may be empty

Words beside the damage types: `engine_bay` and `tyre_good` (a vehicle, nothing to report),
`wreck_untyped` and `part:*` (damaged, the type is not said), `uncertain` (left out).

No source labels everything. What a source does not look for is unknown, never absent: a target is
1 (present), 0 (absent) or NaN (not said), and NaN neither teaches nor is scored.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tingzhen.errors import ManifestError
from tingzhen.language import Text
from tingzhen.vision.vocabulary import (
    DAMAGE_TYPES,
    EXPERIMENTAL_DAMAGES,
    NO_DAMAGE,
    VISIBLE_DAMAGES,
    DamageType,
)

TYPE_INDEX: dict[str, int] = {name: index for index, name in enumerate(DAMAGE_TYPES)}
BODY_DAMAGES: tuple[DamageType, ...] = tuple(
    name for name in VISIBLE_DAMAGES if name not in EXPERIMENTAL_DAMAGES
)
_BOX_NAMES = {"flat_spots": "tyre_worn", "cracks": "tyre_cracked", "bulge": "tyre_bulge"}
_HEALTHY_WORDS = frozenset({"undamaged", "engine_bay", "tyre_good"})
_UNTYPED_WORDS = frozenset({"wreck_untyped"})
# One word for a whole picture: other damage may be visible in it without being said.
_ONE_LABEL_SOURCES = frozenset({"insurance224", "surya_web"})
_COLUMNS = ("path", "source", "group", "labels", "boxes_xywh_norm")


@dataclass(frozen=True, slots=True)
class Box:
    """A damage type (index in DAMAGE_TYPES) in x, y, w, h from 0 to 1."""

    type_index: int
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True, eq=False)
class DamagePicture:
    """One picture of a manifest.

    targets: float32 (types,), 1 present, 0 absent, NaN not said; in the order of DAMAGE_TYPES.
    boxes: of known types. boxes_complete: every place of a labelled type is boxed, so places
    outside all boxes are free of the types that the source looks for.
    """

    path: Path
    source: str
    group: str
    labels: frozenset[str]
    targets: NDArray[np.float32]
    boxes: tuple[Box, ...]
    boxes_complete: bool


def read_damage_manifest(path: Path) -> list[DamagePicture]:
    """All usable pictures of a manifest, in its order; `uncertain` ones are left out.

    Raises ManifestError that names the line when a column is missing, a label is unknown, a box
    is none, or a picture is missing.
    """
    rows: list[tuple[int, dict[str, str], frozenset[str]]] = []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise _refused(path, 1, f"缺少列 {missing[0]}", f"there is no column {missing[0]}")
            for row in reader:
                words = [word.strip() for word in (row["labels"] or "").split(";")]
                labels = frozenset(word for word in words if word)
                for label in labels:
                    _check_label(path, reader.line_num, label)
                if labels and "uncertain" not in labels:
                    rows.append((reader.line_num, row, labels))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(
            Text(f"无法读取数据清单 {path}。", f"The manifest {path} cannot be read.")
        ) from error
    looked_for: dict[str, set[str]] = {}
    for _, row, labels in rows:
        looked_for.setdefault(row["source"], set()).update(labels & set(VISIBLE_DAMAGES))
    pictures = []
    for line, row, labels in rows:
        picture_path = path.parent / row["path"]
        if not picture_path.is_file():
            raise _refused(path, line, f"找不到图片 {row['path']}", f"there is no {row['path']}")
        boxes = _boxes(path, line, row["boxes_xywh_norm"], labels)
        one_label = row["source"] in _ONE_LABEL_SOURCES
        complete = not one_label and {box.type_index for box in boxes} == {
            TYPE_INDEX[label] for label in labels & set(VISIBLE_DAMAGES)
        }
        pictures.append(
            DamagePicture(
                path=picture_path,
                source=row["source"],
                group=f"{row['source']}/{row['group']}",
                labels=labels,
                targets=picture_targets(
                    labels, () if one_label else sorted(looked_for[row["source"]])
                ),
                boxes=boxes,
                boxes_complete=complete,
            )
        )
    if not pictures:
        raise ManifestError(
            Text(f"数据清单 {path} 中没有可用的图片。", f"The manifest {path} holds no pictures.")
        )
    return pictures


def picture_targets(labels: frozenset[str], looked_for: Sequence[str]) -> NDArray[np.float32]:
    """What one picture says of each type: 1, 0 or NaN.

    looked_for: the types that its source labels wherever they are visible. A tyre defect is
    judged on a close-up, so pictures of bodies hold none, and tyre close-ups no body damage.
    """
    targets = np.full(len(DAMAGE_TYPES), np.nan, dtype=np.float32)

    def put(names: Sequence[str], value: float) -> None:
        targets[[TYPE_INDEX[name] for name in names]] = value

    if "not_vehicle" in labels or labels <= _HEALTHY_WORDS:
        put(DAMAGE_TYPES, 0.0)
        put(["not_vehicle" if "not_vehicle" in labels else "undamaged"], 1.0)
        return targets
    put(sorted(NO_DAMAGE), 0.0)
    put(sorted(looked_for), 0.0)
    present = labels & set(VISIBLE_DAMAGES)
    if present and present <= EXPERIMENTAL_DAMAGES:
        put(BODY_DAMAGES, 0.0)
    else:
        put(sorted(EXPERIMENTAL_DAMAGES), 0.0)
    put(sorted(present), 1.0)
    return targets


def _check_label(path: Path, line: int, label: str) -> None:
    known = {*DAMAGE_TYPES, *_HEALTHY_WORDS, *_UNTYPED_WORDS, "uncertain"}
    if label not in known and not label.startswith("part:"):
        raise _refused(path, line, f"未知标签 {label}", f"the label {label} is unknown")


def _boxes(path: Path, line: int, cell: str | None, labels: frozenset[str]) -> tuple[Box, ...]:
    present = sorted(labels & set(VISIBLE_DAMAGES))
    boxes = []
    try:
        for name, *place in json.loads(cell) if cell and cell.strip() else []:
            x, y, w, h = (float(number) for number in place)
            left, top = max(0.0, x), max(0.0, y)
            right, bottom = min(1.0, x + w), min(1.0, y + h)
            if not (right > left and bottom > top):
                continue
            label = _BOX_NAMES.get(name, name)
            if label.startswith("part:") and len(present) == 1:
                # The one damage that is named lies in the part that is boxed.
                label = present[0]
            if label in labels and label in VISIBLE_DAMAGES:
                boxes.append(Box(TYPE_INDEX[label], left, top, right - left, bottom - top))
    except (TypeError, ValueError) as error:
        raise _refused(
            path, line, "boxes_xywh_norm 不是 [标签, x, y, w, h] 列表",
            "boxes_xywh_norm is no list of [label, x, y, w, h]",
        ) from error  # fmt: skip
    return tuple(boxes)


def _refused(path: Path, line: int, zh: str, en: str) -> ManifestError:
    return ManifestError(Text(f"{path} 第 {line} 行：{zh}。", f"{path}, line {line}: {en}."))
