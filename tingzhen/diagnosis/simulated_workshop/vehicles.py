"""SIMULATION. Vehicles that come to the workshop: which, when, in what weather, with what fault."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.simulated_workshop.world import (
    CONDITIONS,
    MODELS,
    Floats,
    Ints,
    World,
)

REGIONS: Final = ("north", "east", "south", "west")
# Mean temperature (°C), half the yearly swing, mean relative humidity (%), by region.
_CLIMATE: Final = np.array([[11.0, 16.0, 52.0], [16.0, 12.0, 72.0], [22.0, 7.0, 78.0],
                            [14.0, 11.0, 48.0]])  # fmt: skip
FIRST_DAY: Final = np.datetime64("2023-01-01")
_DAYS: Final = 3 * 365
_BLOCK: Final = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Vehicles:
    """N vehicles. fault: (N,), index of a fault of the world. second: the other one, -1 for none.

    day: (N,), datetime64[D]. model, region: (N,), indices into MODELS and REGIONS. year: (N,).
    mileage_km, ambient_c, humidity_pct, speed_kmh: (N,), float64; the speed is NaN where the
    owner cannot say one.
    """

    fault: Ints
    second: Ints
    day: NDArray[np.datetime64]
    model: Ints
    region: Ints
    year: Ints
    mileage_km: Floats
    ambient_c: Floats
    humidity_pct: Floats
    speed_kmh: Floats

    def __len__(self) -> int:
        return len(self.fault)

    def faults(self, vehicle: int) -> tuple[int, ...]:
        """The one or two faults of a vehicle, the one it came for first."""
        second = int(self.second[vehicle])
        return (int(self.fault[vehicle]),) if second < 0 else (int(self.fault[vehicle]), second)


class Fleet:
    """Draws vehicles of a world; the tables for it are made once."""

    def __init__(self, world: World) -> None:
        self.world = world
        drives = np.array([[p in of for _, p, _ in MODELS] for of in world.powertrains])
        exists = drives[world.tree_system[world.tree]].T
        weight = world.weight * world.model_factor * exists
        self._rows = [np.flatnonzero(world.condition == c) for c in range(len(CONDITIONS))]
        self._sums = [[np.cumsum(one[rows]) for rows in self._rows] for one in weight]
        self._weight = weight

    def blocks(self, count: int, stream: int) -> Iterator[Vehicles]:
        """`count` vehicles in blocks; another stream gives other vehicles of the same fleet."""
        for number, start in enumerate(range(0, count, _BLOCK)):
            rng = np.random.default_rng([self.world.seed, 3, stream, number])
            drawn = self._draw(_BLOCK, rng)
            yield _first(drawn, min(_BLOCK, count - start))

    def _draw(self, count: int, rng: np.random.Generator) -> Vehicles:
        share = np.array([s for *_, s in MODELS])
        model = rng.choice(len(MODELS), count, p=share / share.sum())
        region = rng.integers(len(REGIONS), size=count)
        days = rng.integers(_DAYS, size=count)
        mean, swing, humid = _CLIMATE[region].T
        warm = mean - swing * np.cos(2 * np.pi * (days - 15) / 365)
        age = rng.integers(0, 12, count)
        speed = np.where(rng.random(count) < 0.5, rng.uniform(5.0, 130.0, count), np.nan)
        vehicles = Vehicles(
            fault=np.zeros(count, dtype=np.intp), second=np.full(count, -1, dtype=np.intp),
            day=FIRST_DAY + days.astype("timedelta64[D]"), model=model, region=region,
            year=2023 + days // 365 - age,
            mileage_km=np.round((age + rng.random(count)) * rng.gamma(6.0, 2300.0, count)),
            ambient_c=np.round(warm + rng.normal(0.0, 5.0, count), 1),
            humidity_pct=np.round(np.clip(humid + rng.normal(0.0, 15.0, count), 10.0, 100.0)),
            speed_kmh=np.round(speed).astype(np.float64),
        )  # fmt: skip
        first = self._faults(vehicles, rng)
        two = rng.random(count) < self.world.assumptions.two_faults_share
        near = rng.random(count) < self.world.assumptions.second_in_same_tree
        other = self._faults(vehicles, rng)
        beside = np.array([
            self._beside(int(f), int(m), u) if of_tree and has else -1
            for f, m, u, of_tree, has in zip(first, model, rng.random(count), near, two,
                                             strict=True)
        ], dtype=np.intp)  # fmt: skip
        second = np.where(two, np.where(near, beside, np.where(other != first, other, -1)), -1)
        return replace(vehicles, fault=first, second=second)

    def _faults(self, vehicles: Vehicles, rng: np.random.Generator) -> Ints:
        """(N,) a fault each, by how common it is in the model and under the conditions."""
        factor = np.column_stack([
            np.where((values >= low) & (values < high), times, 1.0)
            for measure, low, high, times in CONDITIONS
            for values in (np.nan_to_num(getattr(vehicles, measure), nan=-1.0),)
        ])  # fmt: skip
        total = np.array([[s[-1] if len(s) else 0.0 for s in sums] for sums in self._sums])
        chance = np.cumsum(factor * total[vehicles.model], axis=1)
        u, v = rng.random(len(vehicles)), rng.random(len(vehicles))
        condition = (u[:, None] * chance[:, -1:] >= chance).sum(axis=1)
        faults = np.zeros(len(vehicles), dtype=np.intp)
        for m in range(len(MODELS)):
            for c, rows in enumerate(self._rows):
                here = np.flatnonzero((vehicles.model == m) & (condition == c))
                if len(here):
                    sums = self._sums[m][c]
                    place = np.searchsorted(sums, v[here] * sums[-1], side="right")
                    faults[here] = rows[np.minimum(place, len(rows) - 1)]
        return faults

    def _beside(self, fault: int, model: int, u: float) -> int:
        """Another fault of the same tree; -1 where there is none."""
        rows = self.world.faults_of(int(self.world.tree[fault]))
        weight = self._weight[model, rows].copy()
        weight[fault - rows.start] = 0.0
        if weight.sum() <= 0.0:
            return -1
        place = np.searchsorted(np.cumsum(weight), u * weight.sum(), side="right")
        return int(rows.start + place)


def _first(vehicles: Vehicles, count: int) -> Vehicles:
    columns = {name: getattr(vehicles, name)[:count] for name in Vehicles.__slots__}
    return Vehicles(**columns)
