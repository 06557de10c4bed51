"""/v1/lab: versions of models against labels, two versions compared, drift, training runs."""

from typing import Annotated, Final

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath

from tingzhen.language import Language
from tingzhen.serving.http.asking import language_of, service_of
from tingzhen.serving.http.clips_reading import as_json
from tingzhen.serving.http.models import Task, VersionName
from tingzhen.serving.http.problems import documented
from tingzhen.serving.labelling.against_labels import against_labels, compared_clips
from tingzhen.serving.labelling.drift import drift
from tingzhen.serving.labelling.http_clips import faults_known
from tingzhen.serving.labelling.runs import NAME, run_of, runs_of

router = APIRouter(prefix="/v1/lab", tags=["lab"])
_READING: Final = documented("upload_invalid", "records_unavailable")
_Version = Annotated[str, Query(max_length=80, pattern=r"^[0-9A-Za-z][0-9A-Za-z._+-]*$")]
RunName = Annotated[str, InPath(max_length=100, pattern=f"^{NAME.pattern}$", examples=["noise-4"])]


@router.get("/models/{task}/versions/{version}/labels", summary="A version against labels",
            responses=_READING)  # fmt: skip
async def read_against_labels(
    request: Request, task: Task, version: VersionName, lang: Language | None = None
) -> Response:
    """Confusion and worst mistakes on clips that people labelled and this version reported on. The
    queue brings hard clips first, so this is no estimate of accuracy."""
    language = language_of(request, lang)
    service, faults = service_of(request), faults_known(request)
    found = await anyio.to_thread.run_sync(
        against_labels, service, faults, task, version, language
    )  # fmt: skip
    return as_json(found, language)


@router.get("/models/{task}/comparison", summary="Two versions on the same clips",
            responses=_READING)  # fmt: skip
async def read_comparison(
    request: Request,
    task: Task,
    *,
    active: _Version,
    shadow: _Version,
    lang: Language | None = None,
) -> Response:
    """Clips on which they differ, at most 50, the newest first; and for labelled clips which of
    both was right, with the exact p of McNemar's test."""
    language = language_of(request, lang)
    service, faults = service_of(request), faults_known(request)
    found = await anyio.to_thread.run_sync(
        compared_clips, service, faults, task, (active, shadow), language
    )
    return as_json(found, language)


@router.get("/drift/{task}", summary="Scores and quality week by week", responses=_READING)
async def read_drift(
    request: Request,
    task: Task,
    weeks: Annotated[int, Query(ge=2, le=156)] = 26,
    lang: Language | None = None,
) -> Response:
    """Against the first four weeks, by the population stability index and what it exceeds by chance
    alone one time in twenty."""
    found = await anyio.to_thread.run_sync(drift, service_of(request), task, weeks)
    return as_json(found, language_of(request, lang))


@router.get("/runs", summary="Training runs", responses=_READING)
async def list_runs(request: Request, lang: Language | None = None) -> Response:
    """What lies in `TINGZHEN_RUNS_DIR`, the last written first. `watched` is false where the
    setting names no folder."""
    folder = service_of(request).settings.runs_dir
    found = await anyio.to_thread.run_sync(runs_of, folder)
    return as_json({"watched": folder is not None, "runs": found}, language_of(request, lang))


@router.get("/runs/{name}", summary="One training run",
            responses=documented("upload_invalid", "run_unknown"))  # fmt: skip
async def read_run(request: Request, name: RunName, lang: Language | None = None) -> Response:
    """Its settings, curves and log; ask again while it runs."""
    folder = service_of(request).settings.runs_dir
    language = language_of(request, lang)
    return as_json(await anyio.to_thread.run_sync(run_of, folder, name), language)
