"""The areas of the pages, and where their files lie."""

from pathlib import Path
from typing import Final, Literal, get_args

Area = Literal["shell", "owner", "bay", "lab", "fleet"]
AREAS: Final[tuple[Area, ...]] = get_args(Area)
PAGES: Final = Path(__file__).parents[1]

HOME: Final[dict[Area, str]] = {
    "owner": "/owner",
    "bay": "/bay",
    "lab": "/lab",
    "fleet": "/fleet",
}
"""Where each area begins; who may go there is the action `pages.<area>`."""


def folder(area: Area) -> Path:
    return PAGES / area
