"""SIMULATION. Work orders of a simulated fleet, as a car maker would have them, as cases.

What an order records is what the workshop found, which is mostly the truth: a share of orders
names another cause of the same tree. A fault that stands in no tree is recorded as none of these.
"""

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Final

import numpy as np

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis.cases import SIMULATION, CaseRecord
from tingzhen.diagnosis.knowledge import WordMeaning
from tingzhen.diagnosis.simulated_workshop.findings import Report, Reports
from tingzhen.diagnosis.simulated_workshop.vehicles import REGIONS, Fleet, Vehicles
from tingzhen.diagnosis.simulated_workshop.world import World
from tingzhen.diagnosis.troubleshooting.prices import PRICES

# Orders and played vehicles come from different streams: no vehicle is in both.
ORDERS_STREAM: Final = 0
PLAYED_STREAM: Final = 1
_WORKSHOPS: Final = 300
_FIXED_FIRST_TIME: Final = 0.78


def simulated_orders(
    world: World, word_meanings: tuple[WordMeaning, ...], count: int
) -> Iterator[CaseRecord]:
    """`count` work orders, one by one; the same for the same world. Ids start with "SIM-"."""
    fleet = Fleet(world)
    reports = Reports(world, word_meanings, symptom_checked=False)
    number = 0
    for block, vehicles in enumerate(fleet.blocks(count, ORDERS_STREAM)):
        rng = np.random.default_rng([world.seed, 5, block])
        for v, report in enumerate(reports.of(vehicles, rng)):
            yield _order(world, vehicles, v, report, number=number, rng=rng)
            number += 1


def _recorded_fault(world: World, truth: int, rng: np.random.Generator) -> int | None:
    """The fault that an order names: mostly the truth; None where it is in no tree."""
    if not world.known[truth]:
        return None
    if rng.random() >= world.assumptions.misfiled_share:
        return truth
    rows = world.faults_of(int(world.tree[truth]))
    others = [f for f in range(rows.start, rows.stop) if world.known[f] and f != truth]
    return int(rng.choice(others))


def _order(
    world: World,
    vehicles: Vehicles,
    v: int,
    report: Report,
    *,
    number: int,
    rng: np.random.Generator,
) -> CaseRecord:
    said = report.circumstances
    truth = int(vehicles.fault[v])
    fault = _recorded_fault(world, truth, rng)
    repaired = truth if fault is None else fault
    minutes = float(world.repair_min[repaired] + rng.gamma(2.0, 30.0))
    noises = {} if np.isnan(report.score[0]) else dict(
        zip(FAULT_NOISES, report.score.tolist(), strict=True))  # fmt: skip
    day: date = vehicles.day[v].item()
    return CaseRecord(
        id=f"SIM-{number:06d}", opened_on=day, source=SIMULATION, make=said.vehicle.make,
        model=said.vehicle.model, year=said.vehicle.year, powertrain=said.vehicle.powertrain,
        mileage_km=said.vehicle.mileage_km, region=REGIONS[vehicles.region[v]],
        ambient_c=said.ambient_c, humidity_pct=said.humidity_pct, speed_kmh=said.speed_kmh,
        when=said.when, complaint=said.complaint, codes=said.codes, noises=noises,
        fault=None if fault is None else f"f{fault}", none_of_these=fault is None,
        repair=None if fault is None else f"f{fault}", minutes=round(minutes, 1),
        cost_cny=round(
            float(world.parts_cny[repaired]) + minutes * PRICES.labour_cny_per_min, 2),
        fixed_first_time=bool(rng.random() < _FIXED_FIRST_TIME),
        vehicle_key=hashlib.sha256(f"{world.seed} {number}".encode()).hexdigest()[:32],
        workshop=f"W{int(rng.integers(_WORKSHOPS)):03d}",
    )  # fmt: skip
