"""Prior weights from confirmed cases, counted once for like vehicles and each state of the cases.

Vehicles are alike here where nothing that `prior_weights` looks at differs: make, model, year,
powertrain, region, season, band of mileage, and the ranges of the base that mileage and temperature
fall into.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from threading import Lock
from types import MappingProxyType
from typing import Final

from tingzhen.diagnosis.cases.frequencies import Stratum, prior_weights
from tingzhen.diagnosis.cases.store import CaseStore
from tingzhen.diagnosis.cases.strata import mileage_band, season_of
from tingzhen.diagnosis.knowledge import KnowledgeBase, Measure

# Of all strata together; some 70 bytes each.
_FACTORS_KEPT: Final = 1_000_000


class KeptPriorWeights:
    """Safe to use from several threads. A case that any process has kept counts at once: the state
    of the database is asked each time, and only that."""

    def __init__(self, store: CaseStore) -> None:
        self._store = store
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, Mapping[str, float]] = OrderedDict()
        self._factors = 0

    def of(self, knowledge: KnowledgeBase, stratum: Stratum) -> Mapping[str, float]:
        """The same as `prior_weights`. Raises CasesUnavailable."""
        # Asked before anything is counted: what is kept is never older than it says.
        key = (self._store.version(), knowledge, *_alike(knowledge, stratum))
        with self._lock:
            weights = self._kept.get(key)
            if weights is not None:
                self._kept.move_to_end(key)
                return weights
        weights = MappingProxyType(prior_weights(self._store, knowledge, stratum))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = weights
                self._factors += len(weights)
            while self._factors > _FACTORS_KEPT and len(self._kept) > 1:
                self._factors -= len(self._kept.popitem(last=False)[1])
        return weights


def _alike(knowledge: KnowledgeBase, stratum: Stratum) -> tuple[Hashable, ...]:
    def interval(measure: Measure, value: float | None) -> int | None:
        return None if value is None else knowledge.tables.ranges[measure].interval(value)

    return (
        stratum.make, stratum.model, stratum.year, stratum.powertrain, stratum.region,
        None if stratum.season_on is None else season_of(stratum.season_on),
        None if stratum.mileage_km is None else mileage_band(stratum.mileage_km),
        interval("mileage_km", stratum.mileage_km), interval("ambient_c", stratum.ambient_c),
    )  # fmt: skip
