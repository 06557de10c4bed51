"""SIMULATION: cases as they might come in, with everything known and no fault yet.

Vehicles have a model, a year and a region; weather follows region and day; use follows the model.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.cases.record import SIMULATION, CaseColumns, Category
from tingzhen.diagnosis.circumstances import WHEN, Powertrain

REGIONS: Final = ("north", "north_east", "north_west", "centre", "east", "south", "south_west",
                   "plateau")  # fmt: skip
# Yearly mean and swing of the temperature, degrees Celsius; mean humidity, percent, winter and
# summer. Shaped like a large continent's, made up.
_CLIMATE: Final = np.array([
    [12, 15, 58, 68], [5, 19, 74, 74], [8, 17, 58, 42], [15, 12, 80, 78],
    [15, 12, 80, 80], [23, 7, 74, 84], [16, 9, 82, 82], [7, 10, 50, 62],
], dtype=np.float64)  # fmt: skip
_REGION_SHARE: Final = np.array([0.17, 0.12, 0.06, 0.16, 0.22, 0.14, 0.10, 0.03])
POWERTRAIN_OF: Final[tuple[Powertrain, ...]] = (
    "petrol", "petrol", "petrol", "diesel", "diesel", "hybrid", "hybrid", "electric", "electric",
    "electric", "petrol", "electric",
)  # fmt: skip
MODELS: Final = tuple(f"model_{i:02d}" for i in range(len(POWERTRAIN_OF)))
FAST_MODEL: Final = "model_03"
"""Driven on motorways: its speeds are high, whatever its faults."""


def draw_cases(rng: np.random.Generator, count: int) -> CaseColumns:
    """Cases with everything known and no fault yet."""
    vehicles = count // 2
    model = rng.choice(len(MODELS), vehicles, p=_model_shares())
    # Some models sell where it is cold, or near the coast.
    tilt = rng.dirichlet(8 * _REGION_SHARE + 0.5, len(MODELS))
    region = _choose_rows(rng, 0.6 * _REGION_SHARE + 0.4 * tilt, model)
    year = 2012 + np.minimum(11, rng.binomial(11, rng.uniform(0.5, 0.75, len(MODELS))[model]))
    yearly_km = rng.lognormal(np.log(14_000), 0.35, vehicles)
    yearly_km *= np.where(model == MODELS.index(FAST_MODEL), 1.6, 1.0)

    owner = rng.integers(0, vehicles, count)
    day = rng.integers(0, 3 * 365, count)
    opened = np.datetime64("2022-01-01") + day.astype("timedelta64[D]")
    age = np.maximum(0.1, 2022.5 + day / 365 - year[owner])
    mileage = np.round(yearly_km[owner] * age * rng.uniform(0.85, 1.1, count))
    ambient, humidity = _weather(rng, region[owner], day)
    fast = model[owner] == MODELS.index(FAST_MODEL)
    speed = np.clip(rng.gamma(3.0, 15.0, count) + np.where(fast, 45.0, 0.0), 0, 180).round()
    when = np.zeros((count, len(WHEN)), dtype=np.bool_)
    # Steady speed is told of fast drives, the rest at random.
    choice = rng.integers(0, len(WHEN), count)
    choice = np.where((speed > 80) & (rng.random(count) < 0.5), WHEN.index("steady_speed"), choice)
    when[np.arange(count), choice] = True

    def category(codes: NDArray[np.intp], names: tuple[str, ...]) -> Category:
        kept = np.argsort(names)
        place = np.empty(len(names), dtype=np.int32)
        place[kept] = np.arange(len(names))
        return Category(place[codes].astype(np.int32), tuple(names[i] for i in kept))

    none = Category(np.full(count, -1, dtype=np.int32), ())
    kinds = tuple(sorted(set(POWERTRAIN_OF)))
    kind_of = np.array([kinds.index(kind) for kind in POWERTRAIN_OF])
    unknown = np.full(count, np.nan)
    return CaseColumns(
        ids=tuple(f"simulated-{i:06d}" for i in range(count)), opened_on=opened,
        source=Category(np.zeros(count, dtype=np.int32), (SIMULATION,)),
        make=Category(np.zeros(count, dtype=np.int32), ("simulated",)),
        model=category(model[owner], MODELS), powertrain=category(kind_of[model[owner]], kinds),
        region=category(region[owner], REGIONS), fault=none,
        vehicle_key=Category(owner.astype(np.int32), tuple(f"v{i:06d}" for i in range(vehicles))),
        workshop=none, year=year[owner].astype(np.float64), mileage_km=mileage, ambient_c=ambient,
        humidity_pct=humidity, speed_kmh=speed, minutes=unknown, cost_cny=unknown,
        fixed_first_time=unknown, when=when, noises=np.full((count, 0), np.nan, dtype=np.float32),
        damages=np.full((count, 0), np.nan, dtype=np.float32),
        none_of_these=np.zeros(count, dtype=np.bool_),
    )  # fmt: skip


def _weather(
    rng: np.random.Generator, region: NDArray[np.intp], day: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mean, swing, dry, damp = _CLIMATE[region].T
    warmth = -np.cos(2 * np.pi * (day - 20) / 365)  # -1 in the cold of January, 1 in July
    ambient = mean + swing * warmth + rng.normal(0, 4.5, len(day))
    humidity = dry + (damp - dry) * (warmth + 1) / 2 + rng.normal(0, 14, len(day))
    return ambient.round(1), np.clip(humidity, 5, 100).round()


def _choose_rows(
    rng: np.random.Generator, shares: NDArray[np.float64], row: NDArray[np.intp]
) -> NDArray[np.intp]:
    """One column for each of `row`, with the probabilities of that row."""
    bounds = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    found: NDArray[np.intp] = (rng.random(len(row))[:, None] >= bounds[row]).sum(axis=1)
    return np.asarray(np.minimum(found, shares.shape[1] - 1), dtype=np.intp)


def _model_shares() -> NDArray[np.float64]:
    shares = np.linspace(1.6, 0.5, len(MODELS))
    return np.asarray(shares / shares.sum(), dtype=np.float64)
