"""`client.cases`: work orders go in; cases, frequencies and similar ones come out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tingzhen.client.connection import Connection
from tingzhen.client.model import Model


class CaseVehicle(Model):
    make: str | None
    model: str | None
    year: int | None
    powertrain: str | None
    mileage_km: float | None


class KeptCase(Model):
    """opened_on: a day; of other workshops the month, and without what tells whose it is."""

    id: str
    opened_on: str
    workshop: str | None
    vehicle: CaseVehicle
    when: list[str]
    complaint: str | None
    noises: dict[str, float]
    damages: dict[str, float]
    fault: str | None
    fault_name: str | None
    none_of_these: bool
    repair: str | None
    minutes: float | None
    cost_cny: float | None
    fixed_first_time: bool | None


class CasePage(Model):
    cases: list[KeptCase]
    next_after: int | None


class Shared(Model):
    """What two cases have in common."""

    kind: str
    text: str
    likeness: float


class SimilarCase(Model):
    """likeness: cosine, -1..1. clip: where it can be heard, where it is of a clip."""

    likeness: float
    reasons: list[Shared]
    case: KeptCase
    clip: dict[str, Any] | None = None


class SimilarList(Model):
    cases: list[SimilarCase]


class FaultFrequency(Model):
    """expert: share by the knowledge base. share: posterior; low, high: its 95 % credible
    interval."""

    fault: str
    name: str
    expert: float
    orders: float
    model_orders: float
    share: float
    low: float
    high: float


class FrequencyList(Model):
    faults: list[FaultFrequency]


class RejectedRow(Model):
    line: int
    reason: str


class OrdersTaken(Model):
    """What became of a file of work orders. rejected_rows: the first 1000."""

    id: str
    records: int
    resumed: int
    added: int
    repeated: int
    replaced: int
    alike: int
    rejected: int
    rejected_rows: list[RejectedRow]


@dataclass(frozen=True, slots=True)
class Cases:
    """Every method raises the typed errors of problems, ServiceUnreachable and AnswerInvalid."""

    _connection: Connection

    def send_orders(
        self, path: Path | str, *, mapping: str | None = None, simulated: bool = False
    ) -> OrdersTaken:
        """A file of work orders (docs/cases.md), for admins. mapping: YAML. The same file again
        goes on where it was stopped, or does nothing. Raises OrdersError, OSError."""
        said = {"simulated": str(simulated).lower()} | ({"mapping": mapping} if mapping else {})
        with Path(path).open("rb") as file:
            body = {"files": {"file": (Path(path).name, file)}, "data": said}
            return self._connection.read(OrdersTaken, "POST /v1/cases", body=body)

    def all(self, *, fault: str | None = None, model: str | None = None) -> Iterator[KeptCase]:
        """Page after page, the oldest kept first."""
        after: int | None = 0
        while after is not None:
            page = self._connection.read(
                CasePage, "GET /v1/cases", params={"fault": fault, "model": model, "after": after}
            )
            yield from page.cases
            after = page.next_after

    def get(self, case_id: str) -> KeptCase:
        """Raises CaseUnknown."""
        return self._connection.read(KeptCase, "GET /v1/cases/{case_id}", case_id=case_id)

    def frequencies(self, **vehicle: str | float) -> list[FaultFrequency]:
        """How often each fault was confirmed. vehicle: make, model, year, powertrain, mileage_km,
        region, season_on; all vehicles without."""
        return self._connection.read(
            FrequencyList, "GET /v1/cases/frequencies", params=vehicle
        ).faults

    def similar(self, case_id: str, *, count: int = 10) -> list[SimilarCase]:
        """The nearest first. Of a clip: `client.clips.similar`. Raises CaseUnknown."""
        return self._connection.read(
            SimilarList, "GET /v1/cases/similar", params={"case": case_id, "count": count}
        ).cases

    def similar_to_report(
        self, report: Mapping[str, Any], *, context: Mapping[str, Any] | None = None,
        count: int = 10,
    ) -> list[SimilarCase]:  # fmt: skip
        """report: as much of one as there is. Raises ReportInvalid, ContextError."""
        asked = {"report": dict(report), "context": dict(context or {}), "count": count}
        return self._connection.read(
            SimilarList, "POST /v1/cases/similar", body={"json": asked}
        ).cases
