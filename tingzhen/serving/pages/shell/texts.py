"""Words of the pages: `texts.yaml` of each area, `area.key: {zh: ..., en: ...}`.

`{name}` in a text is filled in. A script gets the words that its area's scripts and the shell's
name; what names them is a string that begins with the area and a dot, or such a string that ends
with a dot or a line and is completed there (`t("owner.drive." + drive)`), which stands for all that
begin so.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import yaml

from tingzhen.language import Language, Text
from tingzhen.serving.pages.shell.areas import AREAS, Area, folder

_NAMED: Final = re.compile(rf"""["'`]((?:{"|".join(AREAS)})\.[a-z0-9_.]+)""")
BEGINNING: Final = (".", "_")
"""How what stands for all that begin so ends."""
SOURCES: Final = ("*.py", "templates/*.html", "static/**/*.js")
"""Where words are named, in the folder of an area."""


def text(key: str, language: Language, **values: object) -> str:
    """Raises KeyError for a key that no area has, or a value that the text needs and does not
    get."""
    words = texts()[key].to(language)
    return words.format(**values) if values or "{" in words else words


@cache
def texts() -> Mapping[str, Text]:
    """Of all areas. Raises ValueError for a key that does not begin with its area."""
    found: dict[str, Text] = {}
    for area in AREAS:
        content = yaml.safe_load((folder(area) / "texts.yaml").read_text(encoding="utf-8")) or {}
        for key, both in content.items():
            if not key.startswith(f"{area}."):
                raise ValueError(f"the key {key} stands in {area}/texts.yaml")
            found[key] = Text(str(both["zh"]), str(both["en"]))
    return found


@cache
def keys_in(source: str) -> frozenset[str]:
    """Keys, and beginnings of keys, that a source names."""
    return frozenset(_NAMED.findall(source))


@cache
def script_texts(area: Area, language: Language) -> Mapping[str, str]:
    """What the scripts of an area and of the shell say, with `{name}` left in; those of charts
    where the area draws any."""
    sources = [f.read_text(encoding="utf-8") for f in (folder(area) / "static").rglob("*.js")]
    shell = folder("shell") / "static"
    shared = shell.rglob("*.js") if any("/charts/" in s for s in sources) else shell.glob("*.js")
    sources += [file.read_text(encoding="utf-8") for file in shared]
    named = set().union(*(keys_in(source) for source in sources))
    return {
        key: words.to(language)
        for key, words in texts().items()
        if key in named or any(key.startswith(n) for n in named if n.endswith(BEGINNING))
    }
