"""SIMULATION: which truths and which traps a history holds.

Every truth can be shown by half of the cases: its expected z is at least 6 there, and a pair
differs from the rest of each of its members by an expected z of at least 4. Weaker ones are drawn
again.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.patterns.attributes import SEASONS, Attributes
from tingzhen.diagnosis.patterns.condition import Condition, Part, known_and_inside
from tingzhen.diagnosis.patterns.planted.simulated_cases import FAST_MODEL, MODELS, REGIONS

KNOWN_LIFT: Final = 3.2
KNOWN_CONDITION: Final[Condition] = (
    Part("ambient_c", high=5.0), Part("humidity_pct", low=80.0),
)  # fmt: skip
MOTOR_NOISE: Final = "motor_noise"


@dataclass(frozen=True, slots=True)
class Planted:
    """One truth. lift: exact risk ratio inside against outside, all else the same."""

    fault: str
    condition: Condition
    lift: float


@dataclass(frozen=True, slots=True)
class Trap:
    """attributes that go along with the true cause of a fault but do nothing themselves."""

    fault: str
    attributes: tuple[str, ...]


_LEAST_Z: Final = 6.0
_LEAST_Z_OVER_MEMBER: Final = 4.0
_TRIES: Final = 500


def draw_truths(
    rng: np.random.Generator, exact: Attributes
) -> tuple[tuple[Planted, ...], dict[str, float], tuple[Trap, ...]]:
    """Truths, the base rate of each fault that has some, and traps.

    exact: the attributes of all cases, before anything is lost.
    """
    base = {MOTOR_NOISE: float(rng.uniform(0.010, 0.018))}
    planted = [Planted(MOTOR_NOISE, KNOWN_CONDITION, KNOWN_LIFT)]
    traps = [
        Trap("fast_model_fault", ("speed_kmh", "when", "mileage_km")),
        Trap("wear", ("year",)),
        Trap("north_fault", ("ambient_c", "humidity_pct", "season")),
    ]
    planted += [
        Planted("fast_model_fault", (Part("model", FAST_MODEL),), float(rng.uniform(2.5, 5))),
        Planted("wear", (Part("mileage_km", low=float(rng.integers(90, 130) * 1000)),),
                float(rng.uniform(2, 4))),
        Planted("north_fault", (Part("region", "north_east"),), float(rng.uniform(2, 4))),
    ]  # fmt: skip
    for name in ("fast_model_fault", "wear", "north_fault"):
        base[name] = float(rng.uniform(0.008, 0.016))
    quantile = _Quantiles(exact)
    for place, kinds in enumerate(_KINDS):
        fault = f"planted_{place}"
        base[fault] = float(rng.uniform(0.008, 0.016))
        for kind in kinds:
            condition, lift = _draw(rng, exact, quantile, kind, base=base[fault])
            planted.append(Planted(fault, condition, lift))
    return tuple(planted), base, tuple(traps)


# Attributes of each truth; two truths of one fault stand in one row.
_KINDS: Final[tuple[tuple[tuple[str, ...], ...], ...]] = (
    (("model",),),
    (("season",),),
    (("speed_kmh",),),
    (("humidity_pct",),),
    (("mileage_km",),),
    (("year",),),
    (("ambient_c", "model"),),
    (("powertrain", "speed_kmh"),),
    (("mileage_km", "region"),),
    (("ambient_c", "speed_kmh"),),
    (("region",), ("speed_kmh",)),
    (("when",),),
)


class _Quantiles:
    def __init__(self, exact: Attributes) -> None:
        self._sorted = {
            key: np.sort(column.values)
            for key, column in exact.columns.items()
            if column.kind == "number"
        }

    def __call__(self, key: str, share: float) -> float:
        values = self._sorted[key]
        return float(values[int(share * (len(values) - 1))])


def _draw(
    rng: np.random.Generator,
    exact: Attributes,
    quantile: _Quantiles,
    kind: tuple[str, ...],
    *,
    base: float,
) -> tuple[Condition, float]:
    for _ in range(_TRIES):
        lift = float(np.exp(rng.uniform(math.log(1.5), math.log(5.0))))
        condition = tuple(sorted(_part(rng, quantile, key, len(kind) > 1) for key in kind))
        if _can_be_shown(exact, condition, lift, base):
            return condition, lift
    raise ValueError(f"no {' and '.join(kind)} of {exact.count} cases can be shown by half of them")


def _part(rng: np.random.Generator, quantile: _Quantiles, key: str, in_pair: bool) -> Part:
    words = {
        "model": [m for m in MODELS if m != FAST_MODEL], "region": list(REGIONS),
        "season": list(SEASONS), "powertrain": ["petrol", "hybrid", "electric"],
        "when": ["cold_start", "braking", "bumps", "charging"],
    }  # fmt: skip
    if key in words:
        return Part(key, str(rng.choice(words[key])))
    share = float(rng.uniform(0.2, 0.5) if in_pair else rng.uniform(0.08, 0.4))
    side = rng.integers(0, 3)
    if side == 0:
        return Part(key, high=quantile(key, share))
    if side == 1:
        return Part(key, low=quantile(key, 1 - share))
    start = float(rng.uniform(0.1, 0.9 - share))
    return Part(key, low=quantile(key, start), high=quantile(key, start + share))


def _can_be_shown(exact: Attributes, condition: Condition, lift: float, base: float) -> bool:
    _, inside = known_and_inside(exact, condition)
    half = base / 2

    def z(reference: NDArray[np.bool_]) -> float:
        faults_in, faults_out = inside.sum() * half * lift, reference.sum() * half
        if min(faults_in, faults_out) < 10:
            return 0.0
        return math.log(lift) / math.sqrt(1 / faults_in + 1 / faults_out)

    if inside.sum() > 0.5 * exact.count or z(~inside) < _LEAST_Z:
        return False
    members = [known_and_inside(exact, (part,))[1] for part in condition]
    return len(condition) == 1 or all(
        z(member & ~inside) >= _LEAST_Z_OVER_MEMBER for member in members
    )
