"""`/`: each role is led to its area."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from tingzhen.serving.access import Granted
from tingzhen.serving.pages.shell.areas import HOME, Area
from tingzhen.serving.pages.shell.page import render
from tingzhen.serving.records import Role

router = APIRouter(include_in_schema=False)

_LEADS_TO: dict[Role, Area] = {"owner": "owner", "technician": "bay", "engineer": "lab"}


@router.get("/", response_model=None)
async def entrance(request: Request, access: Granted) -> Response:
    """An admin, who may go everywhere, is asked."""
    area = _LEADS_TO.get(access.caller.role)
    if area is None:
        return render(request, "shell/choice.html", area="shell", title="shell.choice.title")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(HOME[area] + query, status_code=303)
