"""/fleet: the pages of the after-sales office."""

from fastapi import APIRouter, Request, Response

from tingzhen.serving.pages.shell import render

router = APIRouter(prefix="/fleet", include_in_schema=False)


@router.get("", response_model=None)
async def overview(request: Request) -> Response:
    """Which cases there are, the most frequent faults, and what comes back."""
    return render(request, "fleet/overview.html", area="fleet", title="fleet.overview.title", at="")


@router.get("/faults", response_model=None)
async def faults(request: Request) -> Response:
    """Faults over time, by model, model year, region and mileage."""
    return render(
        request, "fleet/faults.html", area="fleet", title="fleet.faults.title", at="faults"
    )


@router.get("/patterns", response_model=None)
async def patterns(request: Request) -> Response:
    """Patterns that were found, each with what it rests on."""
    return render(
        request, "fleet/patterns.html", area="fleet", title="fleet.patterns.title", at="patterns"
    )


@router.get("/recurrence", response_model=None)
async def recurrence(request: Request) -> Response:
    """How often a fault comes back after a repair."""
    return render(
        request, "fleet/recurrence.html", area="fleet", title="fleet.recurrence.title",
        at="recurrence",
    )  # fmt: skip
