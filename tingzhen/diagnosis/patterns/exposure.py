"""Vehicles in service, so that cases can be turned into rates.

Cases are not vehicles: a fault can have a large share of the cases of a model because the model has
few other faults. With a table of vehicles in service, rates per vehicle are compared as well.
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.patterns.attributes import CATEGORIES, NUMBERS, SEASONS, Attributes, Column
from tingzhen.diagnosis.patterns.condition import Condition, known_and_inside
from tingzhen.diagnosis.patterns.risk_ratio import Lift
from tingzhen.errors import ExposureError
from tingzhen.language import Text

_Z95: Final = 1.959963984540054
_WORDS: Final = ("make", "model", "powertrain", "region", "season")


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """Rows of vehicles in service. vehicles: float64 (r,), vehicle-months, >= 0.

    month: datetime64[M] (r,), or None where the table has no months.
    """

    attributes: Attributes
    vehicles: NDArray[np.float64]
    month: NDArray[np.datetime64] | None


def read_exposure(path: Path) -> Exposure:
    """Read a CSV with a column `vehicles` and any of make, model, powertrain, region, year, month
    (YYYY-MM), season, ambient_c, humidity_pct, mileage_km, speed_kmh.

    Raises ExposureError, which names the file and the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = list(reader.fieldnames or ())
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ExposureError(Text(f"无法读取在用车辆表 {path}：{error}",
                              f"{path} cannot be read: {error}")) from error  # fmt: skip
    known = {"vehicles", "month", *_WORDS, *NUMBERS}
    unknown = [name for name in columns if name not in known]
    if unknown or "vehicles" not in columns:
        raise _problem(path, 1, ", ".join(unknown) or "vehicles")
    vehicles = np.array([_number(path, line, row["vehicles"], least=0.0) for line, row in rows])
    table: dict[str, Column] = {}
    for name in columns:
        if name in NUMBERS:
            values = np.array([_number(path, line, row[name]) for line, row in rows])
            table[name] = Column(name, "number", values)
        elif name in _WORDS:
            table[name] = _words(name, [row[name] or "" for _, row in rows])
    month = None
    if "month" in columns:
        month = np.array([_month(path, line, row["month"]) for line, row in rows],
                         dtype="datetime64[M]")  # fmt: skip
        numbers = month.astype(np.int64) % 12
        table["season"] = Column(
            "season", "category", (((numbers + 1) % 12) // 3).astype(np.float64), tuple(SEASONS)
        )
    return Exposure(Attributes(table, len(rows)), vehicles, month)


def rate_ratio(
    exposure: Exposure,
    attributes: Attributes,
    fault: NDArray[np.bool_],
    condition: Condition,
    since: date | None = None,
) -> Lift | None:
    """Cases of the fault per vehicle-month inside against outside; None where the table does not
    have all attributes of the condition, or has no vehicles on one side.

    The cases may be a random part of all vehicles: the ratio stays the same. Interval: Poisson, on
    the log scale (Rothman, Greenland and Lash 2008, Modern Epidemiology, chapter 14).
    inside_cases, outside_cases of the result are vehicle-months.
    """
    if any(part.key not in exposure.attributes.columns for part in condition):
        return None
    rows = np.ones(len(exposure.vehicles), dtype=np.bool_)
    if since is not None and exposure.month is not None:
        rows = exposure.month >= np.datetime64(since, "M")
    known, inside = known_and_inside(exposure.attributes, condition)
    time_in = float(exposure.vehicles[rows & inside].sum())
    time_out = float(exposure.vehicles[rows & known & ~inside].sum())
    case_known, case_inside = known_and_inside(attributes, condition)
    a = int((fault & case_inside).sum())
    c = int((fault & case_known & ~case_inside).sum())
    if min(time_in, time_out) <= 0 or min(a, c) <= 0:
        return None
    ratio = (a / time_in) / (c / time_out)
    spread = math.exp(_Z95 * math.sqrt(1 / a + 1 / c))
    return Lift(ratio, ratio / spread, ratio * spread, a, round(time_in), c, round(time_out))


def _words(name: str, values: list[str]) -> Column:
    names = tuple(SEASONS) if name == "season" else tuple(sorted({v for v in values if v}))
    place: Mapping[str, int] = {word: code for code, word in enumerate(names)}
    codes = np.array([place.get(value, -1) for value in values], dtype=np.float64)
    return Column(name, "category", np.where(codes < 0, np.nan, codes), names)


def _number(path: Path, line: int, text: str | None, *, least: float = -math.inf) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < least:
        raise _problem(path, line, text or "")
    return value


def _month(path: Path, line: int, text: str | None) -> np.datetime64:
    try:
        return np.datetime64(date.fromisoformat(f"{text}-01"), "M")
    except ValueError:
        raise _problem(path, line, text or "") from None


def _problem(path: Path, line: int, what: str) -> ExposureError:
    columns = ", ".join(sorted({"vehicles", "month", *_WORDS, *NUMBERS}))
    return ExposureError(
        Text(f"在用车辆表 {path.name} 第 {line} 行有误：“{what}”。"
             f"须有 vehicles 列；可用的列：{columns}。",
             f'{path.name}:{line}: "{what}" does not fit. The column vehicles is needed; known '
             f"columns: {columns}.")
    )  # fmt: skip


assert set(_WORDS) <= set(CATEGORIES)  # noqa: S101
