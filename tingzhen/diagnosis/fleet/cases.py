"""The counted cases as columns that figures of the fleet are made of, and which are meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Integer, String, select, type_coerce

from tingzhen.diagnosis.cases.record import SIMULATION, Category
from tingzhen.diagnosis.cases.store import CaseStore, counted
from tingzhen.diagnosis.cases.tables import CASES
from tingzhen.diagnosis.circumstances import Powertrain

_WORDS: Final = (
    "source", "make", "model", "powertrain", "region", "fault", "vehicle_key", "workshop", "repair",
)  # fmt: skip
_NUMBERS: Final = ("none_of_these", "year", "mileage_km")
_READ: Final = ("opened_on", *_NUMBERS, *_WORDS)
_BATCH: Final = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class FleetCases:
    """N counted cases in the order in which they were kept.

    day: int64 (N,), days since 1970. year, mileage_km: float64 (N,), NaN where not known.
    none_of_these: bool (N,), closed without a fault of the base.
    """

    day: NDArray[np.int64]
    none_of_these: NDArray[np.bool_]
    year: NDArray[np.float64]
    mileage_km: NDArray[np.float64]
    source: Category
    make: Category
    model: Category
    powertrain: Category
    region: Category
    fault: Category
    vehicle_key: Category
    workshop: Category
    repair: Category

    def __len__(self) -> int:
        return len(self.day)

    @property
    def closed(self) -> NDArray[np.bool_]:
        """bool (N,): with a confirmed fault, or with "none of these"."""
        return np.asarray((self.fault.codes >= 0) | self.none_of_these)

    @property
    def simulated(self) -> NDArray[np.bool_]:
        """bool (N,): generated, not of any workshop."""
        return np.asarray(self.source.codes == self.source.code(SIMULATION))

    @property
    def month(self) -> NDArray[np.datetime64]:
        """datetime64[M] (N,)."""
        return self.day.astype("datetime64[D]").astype("datetime64[M]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which cases are meant; None: all. Bounds of days and years belong to it, mileage_below_km
    does not. simulated: generated cases alone; else those of workshops alone: never both."""

    since: date | None = None
    until: date | None = None
    make: str | None = None
    model: str | None = None
    region: str | None = None
    powertrain: Powertrain | None = None
    year_from: int | None = None
    year_to: int | None = None
    mileage_from_km: float | None = None
    mileage_below_km: float | None = None
    simulated: bool = False


def read_fleet_cases(store: CaseStore) -> FleetCases:
    """Raises CasesUnavailable. Rows become numbers batch by batch: a hundred thousand of them at
    once would hold up other threads of the process."""
    # SQLite has days and flags as text and numbers; making objects of them costs half the time.
    plain = {"opened_on": String, "none_of_these": Integer}
    columns = [type_coerce(CASES.c[n], plain[n]) if n in plain else CASES.c[n] for n in _READ]
    # All rows in their order, and those that count chosen here: by the index of those that count
    # the database would sort first.
    counts = type_coerce(counted(), Integer)
    query = select(counts, *columns).order_by(CASES.c.seq)
    days: list[NDArray[np.datetime64]] = []
    numbers: dict[str, list[NDArray[np.float64]]] = {name: [] for name in _NUMBERS}
    words = {name: _Words() for name in _WORDS}
    with store.reading() as connection:
        found = connection.execution_options(yield_per=_BATCH).execute(query)
        for rows in found.partitions():
            kept = [row[1:] for row in rows if row[0]]
            if not kept:
                continue
            given = dict(zip(_READ, zip(*kept, strict=True), strict=True))
            days.append(np.array(given["opened_on"], dtype="datetime64[D]"))
            for name in _NUMBERS:
                numbers[name].append(np.array(given[name], dtype=np.float64))
            for name in _WORDS:
                words[name].take(given[name])
    table = {name: np.concatenate([np.empty(0), *parts]) for name, parts in numbers.items()}
    return FleetCases(
        day=np.concatenate([np.empty(0, dtype="datetime64[D]"), *days]).astype(np.int64),
        none_of_these=table["none_of_these"] > 0,
        year=table["year"],
        mileage_km=table["mileage_km"],
        **{name: column.category() for name, column in words.items()},
    )


class _Words:
    """Words that come batch by batch."""

    def __init__(self) -> None:
        self._codes: dict[str | None, int] = {}
        self._batches: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]

    def take(self, batch: Sequence[str | None]) -> None:
        for word in set(batch) - self._codes.keys():
            self._codes[word] = len(self._codes)
        numbered = list(map(self._codes.__getitem__, batch))
        self._batches.append(np.array(numbered, dtype=np.int32))

    def category(self) -> Category:
        names = sorted(word for word in self._codes if word is not None)
        place = np.full(len(self._codes) + 1, -1, dtype=np.int32)
        for code, word in enumerate(names):
            place[self._codes[word]] = code
        return Category(place[np.concatenate(self._batches)], tuple(names))


def selected(cases: FleetCases, selection: Selection) -> NDArray[np.bool_]:
    """bool (N,). A case in which something is not known is left out where that is asked for."""
    chosen = np.asarray(cases.simulated == selection.simulated)
    if selection.since is not None:
        chosen &= cases.day >= np.datetime64(selection.since, "D").astype(np.int64)
    if selection.until is not None:
        chosen &= cases.day <= np.datetime64(selection.until, "D").astype(np.int64)
    for name in ("make", "model", "region", "powertrain"):
        wanted = getattr(selection, name)
        if wanted is not None:
            words: Category = getattr(cases, name)
            chosen &= words.codes == words.code(wanted)
    for column, least, below in (
        (cases.year, selection.year_from, _next(selection.year_to)),
        (cases.mileage_km, selection.mileage_from_km, selection.mileage_below_km),
    ):
        with np.errstate(invalid="ignore"):
            if least is not None:
                chosen &= column >= least
            if below is not None:
                chosen &= column < below
    return chosen


def _next(year: int | None) -> int | None:
    return None if year is None else year + 1
