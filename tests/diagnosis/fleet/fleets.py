"""Small fleets of cases for tests, kept in a real database and read again. SIMULATION."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from tingzhen.diagnosis.cases import CaseRecord, open_cases
from tingzhen.diagnosis.fleet import FleetCases, read_fleet_cases

FIRST = date(2024, 1, 1)
FAULTS = ("a", "b", "c")
SYSTEMS = {"a": "engine", "b": "engine", "c": "brakes"}


def a_case(number: int, **more: object) -> CaseRecord:
    given = {"id": f"case-{number}", "number": f"N{number}", "opened_on": FIRST,
             "source": "work_order"} | more  # fmt: skip
    return CaseRecord(**given)  # type: ignore[arg-type]


def drawn_cases(count: int, seed: int) -> Iterator[CaseRecord]:
    """Vehicles that come several times, some of them twice on one day; some things not known."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        vehicle = int(rng.integers(count // 4))
        day = int(rng.integers(700))
        fault = str(rng.choice(FAULTS)) if rng.random() < 0.9 else None
        yield a_case(
            number, opened_on=FIRST + timedelta(days=day), fault=fault,
            none_of_these=fault is None and rng.random() < 0.5,
            vehicle_key=f"v{vehicle}" if rng.random() < 0.95 else None,
            mileage_km=float(day * 40 + 100 * vehicle) if rng.random() < 0.9 else None,
            model=str(rng.choice(["M1", "M2"])), region=str(rng.choice(["north", "south"])),
            year=int(rng.integers(2015, 2019)), workshop=f"W{rng.integers(6)}",
            repair=str(rng.choice(["new part", "adjusted", None])),
            complaint=f"complaint {number}",
        )  # fmt: skip


def columns(records: Sequence[CaseRecord]) -> FleetCases:
    store = open_cases("sqlite://")
    store.keep(list(records))
    found = read_fleet_cases(store)
    store.close()
    return found
