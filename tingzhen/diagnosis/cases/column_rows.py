"""Many rows of the table as columns, without a record for each: a second for 120,000 cases."""

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis.cases.record import CaseColumns, Category
from tingzhen.diagnosis.circumstances import WHEN
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

_WORDS: Final = (
    "source", "make", "model", "powertrain", "region", "fault", "vehicle_key", "workshop",
)  # fmt: skip
_NUMBERS: Final = (
    "year", "mileage_km", "ambient_c", "humidity_pct", "speed_kmh", "minutes", "cost_cny",
    "fixed_first_time",
)  # fmt: skip
READ: Final = ("id", "opened_on", "when", "noises", "damages", "none_of_these", *_WORDS, *_NUMBERS)
"""Columns of the table, in the order in which `columns_of` takes them."""


def columns_of(rows: Sequence[Sequence[Any]]) -> CaseColumns:
    """rows: N, each with a value for every name in READ."""
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(READ)
    given = dict(zip(READ, columns, strict=True))
    # None becomes NaN.
    named: dict[str, Any] = {name: np.array(given[name], dtype=np.float64) for name in _NUMBERS}
    named |= {name: Category.of(given[name]) for name in _WORDS}
    return CaseColumns(
        ids=tuple(given["id"]),
        opened_on=np.array(given["opened_on"], dtype="datetime64[D]"),
        when=_when(given["when"]),
        noises=_table(given["noises"], FAULT_NOISES),
        damages=_table(given["damages"], VISIBLE_DAMAGES),
        none_of_these=np.array(given["none_of_these"], dtype=np.bool_),
        **named,
    )


def _when(texts: Sequence[str]) -> NDArray[np.bool_]:
    kinds = Category.of(texts)
    flags = [[situation in text.split(",") for situation in WHEN] for text in kinds.names]
    table = np.array(flags, dtype=np.bool_).reshape(len(flags), len(WHEN))
    return table[kinds.codes]


def _table(texts: Sequence[str | None], types: Sequence[str]) -> NDArray[np.float32]:
    """float32 (N, types), NaN where a row has nothing; parsed at once, which is faster."""
    table = np.full((len(texts), len(types)), np.nan, dtype=np.float32)
    there = [number for number, text in enumerate(texts) if text]
    objects = json.loads(f"[{','.join(texts[number] or '' for number in there)}]")
    if there:
        nothing = float("nan")
        table[there] = [[found.get(kind, nothing) for kind in types] for found in objects]
    return table
