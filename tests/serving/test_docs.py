"""What is not in docs/ does not exist: settings, options, addresses, codes, fields."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from tingzhen import errors
from tingzhen.command_line import app as command
from tingzhen.media import QUALITY
from tingzhen.serving import Report, Settings, quality
from tingzhen.serving.http.clip_routes import ROUTERS
from tingzhen.serving.http.problems import HTTP_ERRORS, STATUS

DOCS = Path(__file__).parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def all_errors(tree: type[errors.TingzhenError] = errors.TingzhenError) -> set[str]:
    codes = {tree.code} if tree.code else set()
    return codes.union(*(all_errors(below) for below in tree.__subclasses__()))


def test_the_tree_that_is_drawn_is_the_tree() -> None:
    drawn: list[tuple[str, str, str]] = []
    above = "TingzhenError"
    for indent, name, rest in re.findall(
        r"^    ([│ ]*)[├└]── (\w+)(.*)$", errors.__doc__ or "", re.MULTILINE
    ):
        code = (rest.split() or [""])[0]
        below = bool(indent)
        kind = getattr(errors, name)
        drawn.append((name, above if below else "TingzhenError", code if kind.code else ""))
        above = above if below else name

    def real(kind: type[errors.TingzhenError]) -> list[tuple[str, str, str]]:
        own = kind.__subclasses__()
        return [(e.__name__, kind.__name__, e.__dict__.get("code", "")) for e in own] + [
            line for e in own for line in real(e)
        ]

    assert len(drawn) > 100
    assert sorted(drawn) == sorted(real(errors.TingzhenError))


def test_every_setting_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `TINGZHEN_(\w+)` \|", page("settings.md"), re.MULTILINE)
    assert sorted(rows) == sorted(name.upper() for name in Settings.model_fields)


def test_the_documented_defaults_are_the_real_ones() -> None:
    rows = dict(
        re.findall(r"^\| `TINGZHEN_(\w+)` \| `([^`]+)` \|", page("settings.md"), re.MULTILINE)
    )
    real = {
        name.upper(): str(field.default)
        for name, field in Settings.model_fields.items()
        if isinstance(field.default, str | int | float)
    }
    assert rows == real


def options_of(entry: Any) -> set[str]:
    """Long options of a command, or of all commands of a group."""
    below = getattr(entry, "commands", {}).values()
    own = {option for parameter in entry.params for option in parameter.opts}
    return {o for o in own if o.startswith("--")}.union(*(options_of(part) for part in below))


def test_every_option_is_documented() -> None:
    options = options_of(typer.main.get_command(command)) - {"--help", "--version"}
    assert {"--json", "--html", "--host", "--seed"} <= options
    docs = "".join(file.read_text(encoding="utf-8") for file in DOCS.glob("*.md"))
    assert [option for option in options if f"`{option}`" not in docs] == []


def test_every_address_is_documented() -> None:
    addresses = [
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        for method in getattr(route, "methods", ())
    ]
    assert len(addresses) >= 23
    for address in [*addresses, "GET /healthz", "GET /readyz", "GET /metrics"]:
        assert f"`{address}`" in page("http.md"), address


def test_every_error_code_is_documented_with_its_status_and_no_other() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", page("errors.md"), re.MULTILINE))
    of_http = {code: str(status) for status, (code, _) in HTTP_ERRORS.items()}
    expected = dict.fromkeys(all_errors(), "–") | of_http | {c: str(s) for c, s in STATUS.items()}
    assert rows == expected


def test_every_quality_code_is_documented_and_no_other() -> None:
    section = page("report.md").split("## Quality codes")[1].split("## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert sorted(rows) == sorted({*QUALITY, *quality.OWN_CODES})


@pytest.mark.parametrize("model", [Report])
def test_every_field_is_documented(model: type[BaseModel]) -> None:
    text = page("report.md")
    for name in _names(model):
        assert re.search(rf"`[^`]*\b{name}\b[^`]*`", text), name


def _names(model: type[BaseModel]) -> set[str]:
    schema = model.model_json_schema(by_alias=True)
    parts = [SimpleNamespace(**part) for part in schema["$defs"].values() if "properties" in part]
    names = {name for part in parts for name in part.properties}
    return names | set(schema["properties"])
