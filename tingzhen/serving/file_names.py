"""Names of the files that are written for a clip: safe whatever the clip is called."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

NAME_CHARACTERS: Final = 60


def page_name(clip_name: str, taken: Collection[str] = ()) -> str:
    """A file name for the page of a clip: no separators, no leading dot, none of `taken`.

    taken: casefolded names that other clips of the same run have.
    """
    stem = Path(clip_name.replace("\\", "/")).stem
    safe = re.sub(r"[^\w.-]+", "_", stem).strip("._-")[:NAME_CHARACTERS] or "clip"
    name, number = f"{safe}.html", 2
    while name.casefold() in taken:
        name, number = f"{safe}-{number}.html", number + 1
    return name


def heat_name(page: str, number: int, damage: str) -> str:
    """A file name for the heatmap of a finding: that of the page, the number and the type."""
    return f"{page.removesuffix('.html')}-{number}-{damage}.jpg"
