"""The fleet's figures over the database of cases, read once, and again when one came in."""

from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.cases import CaseStore
from tingzhen.diagnosis.fleet import (
    Dimension,
    FaultRates,
    FleetCases,
    Grouping,
    Recurrence,
    Selection,
    fault_rates,
    read_fleet_cases,
    recurrence,
)
from tingzhen.diagnosis.fleet.recurrence import Same
from tingzhen.diagnosis.patterns import Exposure
from tingzhen.errors import UploadInvalid
from tingzhen.language import Text
from tingzhen.serving.cases.in_use import open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which faults of which cases. faults, system: both may be given and add up; neither: all.
    simulated: None for cases of workshops, if there are any."""

    selection: Selection
    faults: tuple[str, ...] = ()
    system: str | None = None
    simulated: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """What was wanted, as far as the cases decide it. left_out: cases of the other kind, real or
    generated; cases: of this one. faults: None for all."""

    columns: FleetCases
    selection: Selection
    faults: frozenset[str] | None
    cases: int
    left_out: int


class FleetFigures:
    """Blocking; safe to use from several threads."""

    def __init__(self, url: str, knowledge: KnowledgeBase, exposure: Exposure | None) -> None:
        self._url = url
        self.knowledge = knowledge
        self.exposure = exposure
        self.systems = {fault.id: fault.system for fault in knowledge.faults}
        self._reading = Lock()
        self._store: CaseStore | None = None
        self._columns: tuple[int, FleetCases] | None = None

    def choose(self, wanted: Wanted) -> Chosen:
        """Raises CasesUnavailable, and UploadInvalid for a fault or a system that the base does not
        have."""
        faults = self._faults(wanted)
        columns = self._current()
        generated = int(columns.simulated.sum())
        real = len(columns) - generated
        simulated = wanted.simulated
        if simulated is None:
            simulated = generated > 0 and real == 0
        selection = replace(wanted.selection, simulated=simulated)
        counts = (generated, real) if simulated else (real, generated)
        return Chosen(columns, selection, faults, *counts)

    def rates(self, chosen: Chosen, by: Dimension) -> FaultRates:
        return fault_rates(
            chosen.columns, chosen.selection, by=by, faults=chosen.faults, exposure=self.exposure
        )

    def returns(
        self, chosen: Chosen, by: Grouping, same: Same, within_days: int, within_km: float | None
    ) -> Recurrence:
        return recurrence(
            chosen.columns, chosen.selection, self.systems, by=by, faults=chosen.faults, same=same,
            within_days=within_days, within_km=within_km,
        )  # fmt: skip

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _faults(self, wanted: Wanted) -> frozenset[str] | None:
        unknown = [fault for fault in wanted.faults if fault not in self.systems]
        if wanted.system is not None and wanted.system not in self.systems.values():
            unknown.append(wanted.system)
        if unknown:
            named = ", ".join(unknown)
            raise UploadInvalid(
                Text(f"知识库中没有 {named}。", f"The base has no fault or system {named}.")
            )
        if not wanted.faults and wanted.system is None:
            return None
        of_system = (f for f, system in self.systems.items() if system == wanted.system)
        return frozenset((*wanted.faults, *of_system))

    def _current(self) -> FleetCases:
        with self._reading:
            if self._store is None:
                self._store = open_store(self._url)
            version = self._store.version()
            if self._columns is None or self._columns[0] != version:
                self._columns = version, read_fleet_cases(self._store)
            return self._columns[1]


def workshop_numbers(columns: FleetCases) -> dict[str, int]:
    """A number for each workshop, from 1, by how many cases it has: what stands for its name where
    that may not be seen."""
    codes = columns.workshop.codes
    counts = np.bincount(codes[codes >= 0], minlength=len(columns.workshop.names))
    ranked = np.argsort(-counts, kind="stable")
    return {columns.workshop.names[code]: place for place, code in enumerate(ranked, start=1)}
