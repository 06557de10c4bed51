"""/bay: its pages."""

from fastapi import APIRouter, Request, Response

from tingzhen.serving.pages.shell import render

router = APIRouter(prefix="/bay", include_in_schema=False)


@router.get("", response_model=None)
async def start(request: Request) -> Response:
    """Where the area begins."""
    return render(request, "bay/start.html", area="bay", title="shell.area.bay")
