"""Manifests of recordings: one CSV row a clip.

Columns: path (from the manifest's folder), acoustic, group, source; optional reported, seconds.
`acoustic` names one or more noise types joined with ";", or

- `unsure`: only a cause is known, not a sound; the row is left out,
- `negative`: nothing wrong, and what it is stands in `reported`. A vehicle seen or ridden in
  (passing by, road and cabin, doors, horns, gear shift) is `normal`: a vehicle, nothing unusual.
  Everything else, vehicles that are no road vehicle and sirens included, is `not_vehicle`: what is
  heard there says nothing of the state of the car.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.errors import ManifestError
from tingzhen.language import Text

VEHICLE_NEGATIVES: frozenset[str] = frozenset({
    "neg_vehicle_passby", "neg_road_cabin_ambient", "neg_truck", "neg_motorcycle",
    "neg_car_door", "neg_car_horn", "neg_car_alarm", "neg_engine_stop", "neg_gear_shift",
    "neg_reverse_beeper",
})  # fmt: skip
WEAK_REPORTS: frozenset[str] = frozenset({"car_clean"})
"""Reports that say only that a vehicle is heard: nobody checked that it is healthy."""

REQUIRED = ("path", "acoustic", "group", "source")


@dataclass(frozen=True, slots=True)
class NoiseClip:
    """One labelled clip. types: what holds in it. negative: recorded as a negative example.
    weak: nobody checked the label. group: recording or car, never to be split."""

    path: Path
    types: frozenset[str]
    group: str
    source: str
    reported: str
    negative: bool
    weak: bool

    @property
    def faulty(self) -> bool:
        return not self.types <= {"normal", "not_vehicle"}


def read_noise_manifest(path: Path) -> list[NoiseClip]:
    """Clips of the manifest in its order, `unsure` rows left out.

    Raises ManifestError when the file cannot be read, a column or a clip is missing, a type is
    unknown, or nothing is left.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
            rows = [] if missing else list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _error(path, 1, f"无法读取（{error}）", f"it cannot be read ({error})") from error
    if missing:
        names = ", ".join(missing)
        raise _error(path, 1, f"缺少列 {names}", f"columns are missing: {names}")
    clips = []
    for line, row in enumerate(rows, start=2):
        acoustic, reported = (row["acoustic"] or "").strip(), (row.get("reported") or "").strip()
        if acoustic == "unsure":
            continue
        types = (
            frozenset({"normal" if reported in VEHICLE_NEGATIVES else "not_vehicle"})
            if acoustic == "negative"
            else frozenset(part.strip() for part in acoustic.split(";"))
        )
        unknown = sorted(types - set(NOISE_TYPES))
        if unknown:
            raise _error(path, line, f"未知类型 {unknown[0]!r}", f"unknown type {unknown[0]!r}")
        if not row["group"] or not row["source"]:
            raise _error(path, line, "group 或 source 为空", "group or source is empty")
        clip = path.parent / row["path"]
        if not clip.is_file():
            raise _error(path, line, f"找不到 {row['path']}", f"{row['path']} is missing")
        clips.append(
            NoiseClip(
                clip, types, row["group"], row["source"], reported,
                negative=acoustic == "negative", weak=reported in WEAK_REPORTS,
            )
        )  # fmt: skip
    if not clips:
        raise _error(path, 1, "没有可用的录音", "there is no usable clip in it")
    return clips


def read_noise_manifests(paths: list[Path]) -> list[NoiseClip]:
    """Clips of several manifests; a group of one manifest is another group than of the next,
    unless both carry the same name, as a recording may stand in both."""
    return [clip for path in paths for clip in read_noise_manifest(path)]


def _error(path: Path, line: int, zh: str, en: str) -> ManifestError:
    return ManifestError(
        Text(f"数据清单 {path} 第 {line} 行：{zh}。", f"Manifest {path}, line {line}: {en}.")
    )
