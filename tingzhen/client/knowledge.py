"""`client.knowledge`: the faults that can be named, and what given findings mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tingzhen.client.connection import Connection
from tingzhen.client.model import Model
from tingzhen.client.report import DiagnosisReport


class Fault(Model):
    fault: str
    name: str
    severity: str


class FaultList(Model):
    faults: list[Fault]


class Reasoned(DiagnosisReport):
    """explanation: where it was asked for (docs/diagnosis.md)."""

    explanation: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Every method raises the typed errors of problems, ServiceUnreachable and AnswerInvalid."""

    _connection: Connection

    def faults(self) -> list[Fault]:
        """What `fault` of a confirmation may be."""
        return self._connection.read(FaultList, "GET /v1/faults").faults

    def reason(
        self, report: Mapping[str, Any], *, context: Mapping[str, Any] | None = None,
        explain: bool = False,
    ) -> Reasoned:  # fmt: skip
        """The diagnosis of findings without a clip; nothing is kept. report: a report, or only its
        noise and damage. Raises ReportInvalid, ContextError."""
        asked = {"report": dict(report), "explain": explain}
        asked |= {} if context is None else {"context": dict(context)}
        return self._connection.read(Reasoned, "POST /v1/reason", body={"json": asked})
