"""/fleet: its pages."""

from fastapi import APIRouter, Request, Response

from tingzhen.serving.pages.shell import render

router = APIRouter(prefix="/fleet", include_in_schema=False)


@router.get("", response_model=None)
async def start(request: Request) -> Response:
    """Where the area begins."""
    return render(request, "fleet/start.html", area="fleet", title="shell.area.fleet")
