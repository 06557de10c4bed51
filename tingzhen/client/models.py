"""`client.models`: versions of the recognisers, for engineers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tingzhen.client.connection import Connection
from tingzhen.client.model import Model


class ModelVersion(Model):
    """state: active, shadow, ready, retired. in_service: in the process that answered."""

    task: str
    version: str
    sha256: str
    state: str
    added_at: datetime
    activated_at: datetime | None
    activated_by: str | None
    in_service: bool


class ModelDetail(ModelVersion):
    """card: Markdown."""

    card: str | None
    evaluation: dict[str, Any] | None


class ModelList(Model):
    models: list[ModelVersion]


class Share(Model):
    """interval: 95 %, Wilson."""

    count: int
    n: int
    value: float | None
    interval: tuple[float, float] | None


class Slice(Model):
    slice: str
    value: str
    same_verdict: Share
    same_first: Share


class Agreement(Model):
    active: str
    shadow: str
    same_verdict: Share
    same_first: Share
    slices: list[Slice]
    disagreements: list[str]


class AgreementList(Model):
    task: str
    agreements: list[Agreement]


@dataclass(frozen=True, slots=True)
class Models:
    """task: noise or damage. Every method raises the typed errors of problems, ServiceUnreachable
    and AnswerInvalid."""

    _connection: Connection

    def all(self) -> list[ModelVersion]:
        return self._connection.read(ModelList, "GET /v1/models").models

    def get(self, task: str, version: str) -> ModelDetail:
        return self._connection.read(
            ModelDetail, "GET /v1/models/{task}/versions/{version}", task=task, version=version
        )

    def agreement(self, task: str) -> list[Agreement]:
        """How far shadows agree with what was active."""
        return self._connection.read(
            AgreementList, "GET /v1/models/{task}/agreement", task=task
        ).agreements

    def activate(self, task: str, version: str) -> ModelVersion:
        return self._connection.read(
            ModelVersion, "POST /v1/models/{task}/versions/{version}/activate", task=task,
            version=version,
        )  # fmt: skip

    def roll_back(self, task: str) -> ModelVersion:
        """To the version that was active before."""
        return self._connection.read(ModelVersion, "POST /v1/models/{task}/roll-back", task=task)

    def shadow(self, task: str, version: str) -> ModelVersion:
        """Let it judge beside the active one."""
        return self._connection.read(
            ModelVersion, "POST /v1/models/{task}/versions/{version}/shadow", task=task,
            version=version,
        )  # fmt: skip

    def end_shadow(self, task: str) -> list[ModelVersion]:
        return self._connection.read(ModelList, "DELETE /v1/models/{task}/shadow", task=task).models

    def retire(self, task: str, version: str) -> ModelVersion:
        return self._connection.read(
            ModelVersion, "POST /v1/models/{task}/versions/{version}/retire", task=task,
            version=version,
        )  # fmt: skip
