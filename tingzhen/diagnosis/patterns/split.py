"""The closed cases of a period, in two halves of whole vehicles."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.cases.record import CaseColumns
from tingzhen.diagnosis.patterns.attributes import Attributes, attributes_of


@dataclass(frozen=True, slots=True, eq=False)
class ClosedCases:
    """n closed cases in the order of their ids.

    fault: int32 (n,), code of the confirmed fault, -1 for "none of these". vehicle: int64 (n,), the
    same number for the same vehicle. day: int64 (n,), days since 1970. halves: rows of each half.
    open_cases: cases of the period that are not closed, which are not among the n. faults: names of
    the codes.
    """

    attributes: Attributes
    fault: NDArray[np.int32]
    vehicle: NDArray[np.int64]
    day: NDArray[np.int64]
    halves: tuple[NDArray[np.intp], NDArray[np.intp]]
    open_cases: int
    faults: tuple[str, ...]

    def has(self, fault: str) -> NDArray[np.bool_]:
        """Which cases have this fault, bool (n,)."""
        if fault not in self.faults:
            return np.zeros(len(self.fault), dtype=np.bool_)
        return np.asarray(self.fault == self.faults.index(fault))


def _closed_rows(cases: CaseColumns, since: date | None) -> tuple[NDArray[np.intp], int]:
    """Rows of the closed cases from `since` on, by id, and how many open ones there are."""
    period = np.ones(len(cases), dtype=np.bool_)
    if since is not None:
        period = cases.opened_on >= np.datetime64(since, "D")
    closed = (cases.fault.codes >= 0) | cases.none_of_these
    # In the order of their ids, so that the order in which they come cannot matter.
    order = np.argsort(np.array(cases.ids, dtype=np.str_), kind="stable")
    return order[(period & closed)[order]], int((period & ~closed).sum())


def closed_cases(
    cases: CaseColumns,
    codes: Sequence[Sequence[str]] | None = None,
    since: date | None = None,
) -> ClosedCases:
    """Each vehicle with all its cases into the half that its key decides, today and always."""
    rows, open_cases = _closed_rows(cases, since)
    of_vehicle = [_half(name) for name in cases.vehicle_key.names]
    vehicle = cases.vehicle_key.codes[rows].astype(np.int64)
    half = np.array(
        [of_vehicle[v] if v >= 0 else _half(cases.ids[row])
         for v, row in zip(vehicle, rows, strict=True)],
        dtype=np.int64,
    )  # fmt: skip
    # A case whose vehicle is not known is a vehicle of its own.
    vehicle = np.where(vehicle < 0, -1 - np.arange(len(rows)), vehicle)
    return ClosedCases(
        attributes_of(cases, codes).take(rows), cases.fault.codes[rows], vehicle,
        cases.opened_on[rows].astype("datetime64[D]").astype(np.int64),
        (np.flatnonzero(half == 0), np.flatnonzero(half == 1)), open_cases, cases.fault.names,
    )  # fmt: skip


def _half(key: str) -> int:
    return hashlib.blake2b(key.encode(), digest_size=1, person=b"patterns").digest()[0] & 1
