"""Every text in both languages: none missing, none unused, both with the same to fill in."""

import re
from collections.abc import Iterator

import pytest
import yaml

from tingzhen.serving.pages.shell.areas import AREAS, Area, folder
from tingzhen.serving.pages.shell.texts import (
    BEGINNING,
    SOURCES,
    keys_in,
    script_texts,
    text,
    texts,
)

_PLACES = re.compile(r"\{(\w+)\}")


def sources(area: Area) -> Iterator[str]:
    for pattern in SOURCES:
        for file in sorted(folder(area).glob(pattern)):
            yield file.read_text(encoding="utf-8")


def named() -> set[str]:
    found = {key for area in AREAS for source in sources(area) for key in keys_in(source)}
    return {key for key in found if not _is_file(key)}


def _is_file(key: str) -> bool:
    """`"owner.css"`, `"pages.owner"`: no key, though it reads like one."""
    return key.rsplit(".", 1)[-1] in ("css", "js", "html", "svg", "png")


@pytest.mark.parametrize("area", AREAS)
def test_there_is_something_to_check(area: Area) -> None:
    assert list(sources(area))
    assert (folder(area) / "texts.yaml").is_file()


def test_the_check_sees_what_is_named() -> None:
    assert len(named()) > 100
    assert keys_in('t("shell.name"); t(`owner.when.${x}`)') == {"shell.name", "owner.when."}


def test_every_text_that_is_named_is_there() -> None:
    there = set(texts())
    missing = {
        key
        for key in named()
        if not (any(k.startswith(key) for k in there) if key.endswith(BEGINNING) else key in there)
    }
    assert sorted(missing) == []


def test_every_text_that_is_there_is_named() -> None:
    wanted = named()
    beginnings = tuple(key for key in wanted if key.endswith(BEGINNING))
    unused = {key for key in texts() if key not in wanted and not key.startswith(beginnings)}
    assert sorted(unused) == []


def test_both_languages_say_and_fill_in_the_same() -> None:
    for key, words in texts().items():
        assert words.zh.strip(), key
        assert words.en.strip(), key
        assert set(_PLACES.findall(words.zh)) == set(_PLACES.findall(words.en)), key


def test_no_key_stands_twice_in_a_file() -> None:
    for area in AREAS:
        lines = (folder(area) / "texts.yaml").read_text(encoding="utf-8").splitlines()
        keys = [line.split(":")[0] for line in lines if re.match(r"[a-z]", line)]
        assert len(keys) == len(set(keys))
        assert len(keys) == len(yaml.safe_load("\n".join(lines)) or {})


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("shell.no_such_text", "en")


def test_scripts_get_what_they_say_and_no_more() -> None:
    owner = script_texts("owner", "zh")
    assert owner["owner.stop"] == texts()["owner.stop"].zh
    assert "owner.when.braking" in owner
    assert "shell.login.title" not in owner
