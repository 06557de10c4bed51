"""/lab: the engineer's pages."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from tingzhen.serving.http.models import Task, VersionName
from tingzhen.serving.labelling.runs import NAME
from tingzhen.serving.pages.shell import render

router = APIRouter(prefix="/lab", include_in_schema=False)
RunName = Annotated[str, Path(max_length=100, pattern=f"^{NAME.pattern}$")]


@router.get("", response_model=None)
async def overview(request: Request) -> Response:
    """What waits, what runs, what has changed."""
    return render(request, "lab/overview.html", area="lab", title="lab.overview.title", at="")


@router.get("/data", response_model=None)
async def data(request: Request) -> Response:
    """What came in, and clips found by what was said of them."""
    return render(request, "lab/data.html", area="lab", title="lab.data.title", at="data")


@router.get("/labels", response_model=None)
async def labels(request: Request) -> Response:
    """The label queue, one clip at a time."""
    return render(request, "lab/labels.html", area="lab", title="lab.labels.title", at="labels")


@router.get("/models", response_model=None)
async def models(request: Request) -> Response:
    """Versions, and which is in use."""
    return render(request, "lab/models.html", area="lab", title="lab.models.title", at="models")


@router.get("/models/{task}/versions/{version}", response_model=None)
async def model(request: Request, task: Task, version: VersionName) -> Response:
    """One version: how it was measured, and how it stands to labels."""
    return render(
        request, "lab/model.html", area="lab", title="lab.model.title", at="models",
        task=task, version=version,
    )  # fmt: skip


@router.get("/models/{task}/compare", response_model=None)
async def compare(request: Request, task: Task) -> Response:
    """Two versions on the same clips."""
    return render(
        request, "lab/compare.html", area="lab", title="lab.compare.title", at="models", task=task
    )


@router.get("/runs", response_model=None)
async def runs(request: Request) -> Response:
    """Training runs."""
    return render(request, "lab/runs.html", area="lab", title="lab.runs.title", at="runs")


@router.get("/runs/{name}", response_model=None)
async def run(request: Request, name: RunName) -> Response:
    """One training run with its curves."""
    return render(request, "lab/run.html", area="lab", title="lab.run.title", at="runs", name=name)


@router.get("/drift", response_model=None)
async def drift(request: Request) -> Response:
    """Scores and quality week by week."""
    return render(request, "lab/drift.html", area="lab", title="lab.drift.title", at="drift")
