"""One case: a vehicle that was in the workshop, what was noticed, and what it turned out to be.

A case comes from a work order, from a guided session or from an import of another system.
`CaseRecord` is one of them; `CaseColumns` are many, column by column, for counting.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Final, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import FAULT_NOISES, NoiseType
from tingzhen.diagnosis.circumstances import WHEN, Powertrain, When
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES, DamageType

CaseSource = Literal["work_order", "session", "import", "simulation"]
CASE_SOURCES: tuple[CaseSource, ...] = get_args(CaseSource)
SIMULATION: Final = "simulation"
"""The source of generated cases: no vehicle had them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """One case. Every field but id, opened_on and source may be None or empty: not known.

    noises, damages: probability, 0..1, by type, as a report gives it.
    sound_embedding, picture_embedding: float32 (D,), of the recognisers; D is theirs.
    fault: id in the knowledge base, confirmed by the repair. fault_text: the fault in the words of
    the order, where the base has none for it. none_of_these: looked for, and it was no fault of
    the base. repair: id or text. minutes: of labour, diagnosis included. cost_cny: of labour and
    parts. fixed_first_time: the vehicle did not come back with the same complaint.
    vehicle_key: keyed hash of the VIN, never the VIN itself. workshop: its code or name.
    number: of the work order, as the workshop knows it.
    """

    id: str
    opened_on: date
    source: CaseSource
    make: str | None = None
    model: str | None = None
    year: int | None = None
    powertrain: Powertrain | None = None
    mileage_km: float | None = None
    region: str | None = None
    ambient_c: float | None = None
    humidity_pct: float | None = None
    speed_kmh: float | None = None
    when: tuple[When, ...] = ()
    complaint: str | None = None
    codes: tuple[str, ...] = ()
    noises: dict[NoiseType, float] = field(default_factory=dict)
    damages: dict[DamageType, float] = field(default_factory=dict)
    sound_embedding: NDArray[np.float32] | None = field(default=None, compare=False)
    picture_embedding: NDArray[np.float32] | None = field(default=None, compare=False)
    fault: str | None = None
    fault_text: str | None = None
    none_of_these: bool = False
    repair: str | None = None
    minutes: float | None = None
    cost_cny: float | None = None
    fixed_first_time: bool | None = None
    vehicle_key: str | None = None
    workshop: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Category:
    """A column of N words. codes: int32 (N,), index into `names`, -1 where not known.

    names: sorted, each once.
    """

    codes: NDArray[np.int32]
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[str | None]) -> "Category":
        names = tuple(sorted({value for value in values if value is not None}))
        index: dict[str | None, int] = {name: code for code, name in enumerate(names)}
        codes = np.fromiter((index.get(v, -1) for v in values), dtype=np.int32, count=len(values))
        return cls(codes, names)

    def code(self, name: str) -> int:
        """The code of a name; -2, which no row has, when no row has the name."""
        return self.names.index(name) if name in self.names else -2

    def words(self) -> list[str | None]:
        return [self.names[code] if code >= 0 else None for code in self.codes]


@dataclass(frozen=True, slots=True, eq=False)
class CaseColumns:
    """N cases, column by column. Trouble codes, complaints and embeddings are left out.

    ids: N. opened_on: datetime64[D] (N,). Numbers are float64 (N,), NaN where not known; so are
    fixed_first_time (0.0, 1.0) and year. when: bool (N, len(WHEN)), False also where not known.
    noises: float32 (N, len(FAULT_NOISES)), damages: float32 (N, len(VISIBLE_DAMAGES)), probability,
    NaN where the case has none. none_of_these: bool (N,).
    """

    ids: tuple[str, ...]
    opened_on: NDArray[np.datetime64]
    source: Category
    make: Category
    model: Category
    powertrain: Category
    region: Category
    fault: Category
    vehicle_key: Category
    workshop: Category
    year: NDArray[np.float64]
    mileage_km: NDArray[np.float64]
    ambient_c: NDArray[np.float64]
    humidity_pct: NDArray[np.float64]
    speed_kmh: NDArray[np.float64]
    minutes: NDArray[np.float64]
    cost_cny: NDArray[np.float64]
    fixed_first_time: NDArray[np.float64]
    when: NDArray[np.bool_]
    noises: NDArray[np.float32]
    damages: NDArray[np.float32]
    none_of_these: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[np.intp]) -> "CaseColumns":
        """Only these cases, in this order. rows: (n,)."""

        def taken(column: object) -> Any:
            if isinstance(column, Category):
                return Category(column.codes[rows], column.names)
            if isinstance(column, tuple):
                return tuple(column[row] for row in rows)
            return np.asarray(column)[rows]

        return CaseColumns(**{f.name: taken(getattr(self, f.name)) for f in fields(self)})


def case_columns(records: Iterable[CaseRecord]) -> CaseColumns:
    """The records as columns, in their order."""
    rows = list(records)
    return CaseColumns(
        ids=tuple(r.id for r in rows),
        opened_on=np.array([r.opened_on for r in rows], dtype="datetime64[D]"),
        source=Category.of([r.source for r in rows]),
        make=Category.of([r.make for r in rows]),
        model=Category.of([r.model for r in rows]),
        powertrain=Category.of([r.powertrain for r in rows]),
        region=Category.of([r.region for r in rows]),
        fault=Category.of([r.fault for r in rows]),
        vehicle_key=Category.of([r.vehicle_key for r in rows]),
        workshop=Category.of([r.workshop for r in rows]),
        year=_numbers([r.year for r in rows]),
        mileage_km=_numbers([r.mileage_km for r in rows]),
        ambient_c=_numbers([r.ambient_c for r in rows]),
        humidity_pct=_numbers([r.humidity_pct for r in rows]),
        speed_kmh=_numbers([r.speed_kmh for r in rows]),
        minutes=_numbers([r.minutes for r in rows]),
        cost_cny=_numbers([r.cost_cny for r in rows]),
        fixed_first_time=_numbers([r.fixed_first_time for r in rows]),
        when=np.array([[w in r.when for w in WHEN] for r in rows], dtype=np.bool_)
        .reshape(len(rows), len(WHEN)),
        noises=_table([r.noises for r in rows], FAULT_NOISES),
        damages=_table([r.damages for r in rows], VISIBLE_DAMAGES),
        none_of_these=np.array([r.none_of_these for r in rows], dtype=np.bool_),
    )  # fmt: skip


def _numbers(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


_Type = TypeVar("_Type", bound=str)


def _table(rows: Sequence[dict[_Type, float]], types: Sequence[_Type]) -> NDArray[np.float32]:
    table = np.full((len(rows), len(types)), np.nan, dtype=np.float32)
    for number, row in enumerate(rows):
        if row:
            table[number] = [row.get(kind, np.nan) for kind in types]
    return table
