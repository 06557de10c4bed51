"""What conditions can be made of: numbers, categories and flags of N cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis._context_names import WHEN_NAMES
from tingzhen.diagnosis.cases.record import CaseColumns, Category
from tingzhen.diagnosis.circumstances import WHEN
from tingzhen.language import Text

Kind = Literal["number", "category", "flag"]

SEASONS: Final[dict[str, Text]] = {
    "winter": Text("冬季", "winter"),
    "spring": Text("春季", "spring"),
    "summer": Text("夏季", "summer"),
    "autumn": Text("秋季", "autumn"),
}
"""Of the northern hemisphere, whole months: winter is December to February."""
_SEASON_NAMES: Final = tuple(SEASONS)

NUMBERS: Final[dict[str, Text]] = {
    "ambient_c": Text("气温", "outside temperature"),
    "humidity_pct": Text("空气湿度", "air humidity"),
    "mileage_km": Text("行驶里程", "mileage"),
    "speed_kmh": Text("车速", "road speed"),
    "year": Text("年款", "model year"),
}
CATEGORIES: Final[dict[str, Text]] = {
    "make": Text("品牌", "make"),
    "model": Text("车型", "model"),
    "powertrain": Text("动力类型", "powertrain"),
    "region": Text("地区", "region"),
    "season": Text("季节", "season"),
    "when": Text("出现时机", "situation"),
    "code": Text("故障码", "trouble code"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """values: float64 (N,), NaN where not known. A category holds the codes of `names`; a flag 0 or
    1, and its one name is what 1 stands for."""

    attribute: str
    kind: Kind
    values: NDArray[np.float64]
    names: tuple[str, ...] = ()

    def code(self, name: str) -> float:
        """The value that stands for a name; -1, which no case has, where there is none."""
        if self.kind == "flag":
            return 1.0 if name in self.names else -1.0
        return float(self.names.index(name)) if name in self.names else -1.0


@dataclass(frozen=True, slots=True, eq=False)
class Attributes:
    """columns: by key, the name of the attribute; of a flag "when=braking". count: N."""

    columns: Mapping[str, Column]
    count: int

    def take(self, rows: NDArray[np.intp]) -> "Attributes":
        """Only these cases. rows: (n,)."""
        columns = {
            key: Column(column.attribute, column.kind, column.values[rows], column.names)
            for key, column in self.columns.items()
        }
        return Attributes(columns, len(rows))


def attributes_of(
    cases: CaseColumns, codes: Sequence[Sequence[str]] | None = None, *, least_cases: int = 100
) -> Attributes:
    """The attributes of N cases.

    codes: the stored trouble codes of each case, N; None: not known for any. A case without codes
    counts as one that has none stored. A case without any situation counts as not known there.
    least_cases: a flag that fewer cases have is left out.
    """
    columns = {
        name: Column(name, "number", np.asarray(getattr(cases, name), dtype=np.float64))
        for name in NUMBERS
    }
    for name in ("make", "model", "powertrain", "region"):
        columns[name] = _category(name, getattr(cases, name))
    months = cases.opened_on.astype("datetime64[M]").astype(np.int64) % 12  # 0 is January
    season = ((months + 1) % 12) // 3
    columns["season"] = Column("season", "category", season.astype(np.float64), _SEASON_NAMES)
    told = cases.when.any(axis=1)
    for place, situation in enumerate(WHEN):
        holds = cases.when[:, place]
        if holds.sum() >= least_cases:
            values = np.where(told, holds.astype(np.float64), np.nan)
            columns[f"when={situation}"] = Column("when", "flag", values, (situation,))
    for code, stored in _code_flags(codes or (), least_cases).items():
        columns[f"code={code}"] = Column("code", "flag", stored, (code,))
    return Attributes(columns, len(cases))


def attribute_name(attribute: str) -> Text:
    return NUMBERS.get(attribute) or CATEGORIES[attribute]


def value_name(attribute: str, value: str) -> Text:
    """A value in words; makers' and places' own names stay as they are."""
    if attribute == "season":
        return SEASONS[value]
    if attribute == "when":
        return next(
            (name for when, name in WHEN_NAMES.items() if when == value), Text(value, value)
        )
    if attribute == "powertrain":
        return _POWERTRAINS.get(value, Text(value, value))
    return Text(value, value)


_POWERTRAINS: Final = {
    "petrol": Text("汽油", "petrol"),
    "diesel": Text("柴油", "diesel"),
    "hybrid": Text("混合动力", "hybrid"),
    "electric": Text("纯电动", "electric"),
}


def _category(name: str, category: Category) -> Column:
    codes = category.codes.astype(np.float64)
    return Column(name, "category", np.where(codes < 0, np.nan, codes), category.names)


def _code_flags(codes: Sequence[Sequence[str]], least_cases: int) -> dict[str, NDArray[np.float64]]:
    holders: dict[str, list[int]] = {}
    for row, stored in enumerate(codes):
        for code in set(stored):
            holders.setdefault(code, []).append(row)
    flags = {}
    for code in sorted(holders):
        if len(holders[code]) >= least_cases:
            flags[code] = np.zeros(len(codes), dtype=np.float64)
            flags[code][holders[code]] = 1.0
    return flags
