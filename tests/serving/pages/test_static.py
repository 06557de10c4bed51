"""Static files: kept for good under their version, compressed, and none imported in vain."""

import re

import pytest

from tingzhen.serving.pages.shell.static import address, files, imported, newest_version

_INLINE = re.compile(r"\son[a-z]+=|style=|<style|javascript:|https?://(?!www\.w3\.org/)")


def scripts() -> list[str]:
    return [name for name in files() if name.endswith(".js")]


def test_there_are_scripts_and_styles() -> None:
    assert len(scripts()) > 20
    assert "shell/shell.css" in files()


@pytest.mark.parametrize("name", scripts())
def test_what_a_script_imports_is_there(name: str) -> None:
    imported(name)  # raises KeyError
    source = files()[name].content.decode()
    for target in re.findall(r"""import\(["'](\./[^"']+)["']\)""", source):
        assert f"{name.rsplit('/', 1)[0]}/{target[2:]}" in files(), target


@pytest.mark.parametrize("name", scripts())
def test_a_script_is_short_and_asks_no_other_host(name: str) -> None:
    source = files()[name].content.decode()
    assert source.count("\n") <= 250
    outside = re.findall(r"""["'`](https?:)?//[a-z]""", source)
    assert [found for found in outside if "w3.org" not in source] == []


def test_all_that_a_script_needs_is_told_at_once() -> None:
    assert {"shell/api.js", "shell/dom.js", "shell/texts.js"} <= set(imported("owner/owner.js"))
    assert "owner/recording.js" not in imported("owner/owner.js")  # fetched when it is needed


def test_an_address_holds_the_version() -> None:
    assert address("shell/shell.css") == f"/static/{newest_version()}/shell/shell.css"
    with pytest.raises(KeyError):
        address("shell/none.css")
