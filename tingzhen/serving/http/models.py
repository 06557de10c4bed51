"""/v1/models: which versions of the recognisers there are, and which of them is in use.

Bundles are added by the command `tingzhen models add`, on a machine that can reach the database
and the files.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi import Path as InPath
from pydantic import BaseModel, Field
from sqlalchemy import Engine

from tingzhen.serving.access.caller import IN_SCOPE, Access
from tingzhen.serving.http.problems import documented
from tingzhen.serving.inference import Agreement, ModelsInService, Share, agreements
from tingzhen.serving.records import ANONYMOUS, ModelState, ModelVersion, RecogniserTask

router = APIRouter(prefix="/v1/models", tags=["models"])
Task = Annotated[RecogniserTask, InPath(examples=["noise"])]
VersionName = Annotated[
    str, InPath(max_length=80, pattern=r"^[0-9A-Za-z][0-9A-Za-z._+-]*$", examples=["3"])
]
_READING = documented("upload_invalid", "records_unavailable")
_ONE = documented("model_unknown", "upload_invalid", "records_unavailable", "files_unavailable")
_CHANGING = documented(
    "model_unknown", "model_state_invalid", "bundle_invalid", "upload_invalid",
    "records_unavailable", "files_unavailable",
)  # fmt: skip


class ModelView(BaseModel):
    """One version. activated_by is null where the settings named it. in_service: whether the
    process that answers has it loaded."""

    task: RecogniserTask
    version: str
    sha256: str
    state: ModelState
    added_at: datetime
    activated_at: datetime | None
    activated_by: str | None
    in_service: bool


class ModelList(BaseModel):
    models: list[ModelView]


class ModelDetail(ModelView):
    """card: Markdown. evaluation: as the training measured it."""

    card: str | None
    evaluation: dict[str, Any] | None


class ShareView(BaseModel):
    """interval: 95 %, Wilson; null of no clips."""

    count: int
    n: int
    value: float | None
    interval: tuple[float, float] | None


class SliceView(BaseModel):
    slice: str = Field(description="kind, verdict, first, powertrain or quality")
    value: str
    same_verdict: ShareView
    same_first: ShareView


class AgreementView(BaseModel):
    """active wrote the reports, shadow judged the same clips afterwards. disagreements: ids of
    clips with another verdict, the last sent first, at most 50."""

    active: str
    shadow: str
    same_verdict: ShareView
    same_first: ShareView
    slices: list[SliceView]
    disagreements: list[str]


class AgreementList(BaseModel):
    task: RecogniserTask
    agreements: list[AgreementView]


@dataclass(frozen=True, slots=True)
class ModelsDesk:
    """What the endpoints work with; plain blocking code without HTTP."""

    models: ModelsInService
    records: Engine

    def view(self, version: ModelVersion) -> ModelView:
        return ModelView(**self._fields(version))

    def all(self) -> ModelList:
        return ModelList(models=[self.view(v) for v in self.models.registry.versions()])

    def detail(self, task: RecogniserTask, name: str) -> ModelDetail:
        registry = self.models.registry
        version = registry.version(task, name)
        return ModelDetail(
            **self._fields(version),
            card=registry.card(version),
            evaluation=registry.evaluation(version),
        )

    def agreement(self, task: RecogniserTask) -> AgreementList:
        found = [_agreement_view(one) for one in agreements(self.records, task)]
        return AgreementList(task=task, agreements=found)

    def activate(self, task: RecogniserTask, name: str, by: str) -> ModelView:
        return self._taken_up(self.models.registry.activate(task, name, by))

    def roll_back(self, task: RecogniserTask, by: str) -> ModelView:
        return self._taken_up(self.models.registry.roll_back(task, by))

    def shadow(self, task: RecogniserTask, name: str) -> ModelView:
        return self._taken_up(self.models.registry.shadow(task, name))

    def end_shadow(self, task: RecogniserTask) -> ModelList:
        self.models.registry.end_shadow(task)
        self.models.refresh()
        return self.all()

    def retire(self, task: RecogniserTask, name: str) -> ModelView:
        return self._taken_up(self.models.registry.retire(task, name))

    def _taken_up(self, version: ModelVersion) -> ModelView:
        self.models.refresh()
        return self.view(version)

    def _fields(self, version: ModelVersion) -> dict[str, Any]:
        fields = ("task", "version", "sha256", "state", "added_at", "activated_at", "activated_by")
        serving = [
            model.info.sha256
            for models in (self.models.active(), self.models.shadow())
            for model in models.values()
        ]
        return {name: getattr(version, name) for name in fields} | {
            "in_service": version.sha256 in serving
        }


@router.get("", summary="All versions", responses=_READING)
async def list_models(request: Request) -> ModelList:
    """Those of one task together, the last added first."""
    return await anyio.to_thread.run_sync(_desk(request).all)


@router.get("/{task}/agreement", summary="How far a shadow agrees", responses=_READING)
async def read_agreement(request: Request, task: Task) -> AgreementList:
    """For each pair of versions that judged the same clips, in all and by slices."""
    return await anyio.to_thread.run_sync(_desk(request).agreement, task)


@router.get(
    "/{task}/versions/{version}", summary="One version with card and evaluation", responses=_ONE
)
async def read_model(request: Request, task: Task, version: VersionName) -> ModelDetail:
    """What it was learned from, what it can do and where it fails."""
    return await anyio.to_thread.run_sync(_desk(request).detail, task, version)


@router.post("/{task}/versions/{version}/activate", summary="Put in use", responses=_CHANGING)
async def activate_model(request: Request, task: Task, version: VersionName) -> ModelView:
    """It is tried out first. This process has it at once, the others within
    `TINGZHEN_MODELS_CHECK_S`; clips in work are finished with the version they began with."""
    by = _caller(request)
    return await anyio.to_thread.run_sync(_desk(request).activate, task, version, by)


@router.post("/{task}/versions/{version}/shadow", summary="Compare only", responses=_CHANGING)
async def shadow_model(request: Request, task: Task, version: VersionName) -> ModelView:
    """It judges every clip after the report, in place of an earlier shadow."""
    return await anyio.to_thread.run_sync(_desk(request).shadow, task, version)


@router.post("/{task}/versions/{version}/retire", summary="Take out of use", responses=_CHANGING)
async def retire_model(request: Request, task: Task, version: VersionName) -> ModelView:
    """Its files stay, because reports name it."""
    return await anyio.to_thread.run_sync(_desk(request).retire, task, version)


@router.post("/{task}/roll-back", summary="Back to the version before", responses=_CHANGING)
async def roll_back_model(request: Request, task: Task) -> ModelView:
    """Activates the version that was active before this one."""
    by = _caller(request)
    return await anyio.to_thread.run_sync(_desk(request).roll_back, task, by)


@router.delete("/{task}/shadow", summary="End the comparison", responses=_CHANGING)
async def end_shadow(request: Request, task: Task) -> ModelList:
    """No version judges in the shadow any more; what was compared stays."""
    return await anyio.to_thread.run_sync(_desk(request).end_shadow, task)


def _desk(request: Request) -> ModelsDesk:
    return ModelsDesk(request.app.state.models, request.app.state.service.records)


def _caller(request: Request) -> str:
    access: Access | None = request.scope.get(IN_SCOPE)
    return ANONYMOUS if access is None else access.caller.key


def _agreement_view(found: Agreement) -> AgreementView:
    return AgreementView(
        active=found.active,
        shadow=found.shadow,
        same_verdict=_share(found.same_verdict),
        same_first=_share(found.same_first),
        slices=[
            SliceView(slice=s.slice, value=s.value, same_verdict=_share(s.same_verdict),
                      same_first=_share(s.same_first))
            for s in found.slices
        ],
        disagreements=list(found.disagreements),
    )  # fmt: skip


def _share(share: Share) -> ShareView:
    return ShareView(count=share.count, n=share.n, value=share.value, interval=share.interval)
