"""The pages put into the application."""

from fastapi import FastAPI

from tingzhen.serving.pages.bay import http as bay
from tingzhen.serving.pages.fleet import http as fleet
from tingzhen.serving.pages.lab import http as lab
from tingzhen.serving.pages.owner import http as owner
from tingzhen.serving.pages.shell import entrance, sign_in, sign_in_provider, static
from tingzhen.serving.pages.shell.refusals import PageRefusals

_PARTS = (entrance, sign_in, sign_in_provider, static, owner, bay, lab, fleet)


def add_pages(app: FastAPI) -> None:
    """After the gate, so that what it refuses to a browser becomes a page."""
    for part in _PARTS:
        app.include_router(part.router)
    app.add_middleware(PageRefusals)
