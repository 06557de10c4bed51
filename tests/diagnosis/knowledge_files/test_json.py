"""JSON is read as strictly as the standard library does, and every element knows its place."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.diagnosis.small_base import write_small_base
from tingzhen.diagnosis.knowledge_check import check_documents
from tingzhen.diagnosis.knowledge_files import (
    Document,
    Finding,
    Place,
    read_base,
    read_json,
    write_base,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False,
    allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


def read(folder: Path, text: str) -> Document | Finding:
    file = folder / "some.json"
    file.write_text(text, encoding="utf-8", newline="", errors="surrogatepass")
    return read_json(file)


@example(-(10**18), None, False)
@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_it_reads_what_the_standard_library_writes(
    tmp_path_factory: pytest.TempPathFactory, value: Any, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if "\ud800" <= max(text, default="") <= "\udfff":
        return  # a lone surrogate cannot be stored as UTF-8
    found = read(tmp_path_factory.mktemp("json"), text)
    assert isinstance(found, Document)
    assert found.data == value
    assert json.dumps(found.data) == json.dumps(value)  # true is not 1, 2.0 is not 2


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("", 1, 1), ("[1,]", 1, 4), ('{"a": 1,\n "a": 2}', 2, 2), ("[1 2]", 1, 4), ("[NaN]", 1, 2),
     ("[01]", 1, 3), ("{a: 1}", 1, 2), ('["\n"]', 1, 3), ("[1e999]", 1, 2), ("[1] 2", 1, 5),
     ("[" * 100000, 1, 1)],
)  # fmt: skip
def test_what_is_no_json_is_refused_at_its_place(
    tmp_path: Path, text: str, line: int, column: int
) -> None:
    found = read(tmp_path, text)
    assert isinstance(found, Finding)
    assert found.place == Place("some.json", line, column)


def test_a_defect_is_found_at_its_line_of_the_document(tmp_path: Path) -> None:
    documents, _ = read_base(write_small_base(tmp_path / "yaml"))
    file = tmp_path / "base.json"
    write_base(documents, file, "json", "en", replace=False)
    text = file.read_text(encoding="utf-8").replace('"whine": 0.6', '"whine": 1.6')
    file.write_text(text, encoding="utf-8")
    again, wrong = read_base(file)
    (found,) = [*wrong, *check_documents(again).findings]
    assert found.code == "out_of_range"
    assert "1.6" in text.splitlines()[found.place.line - 1]


@pytest.mark.parametrize(
    "text",
    ["[]", '{"schema": "other", "files": {}}', '{"schema": "tingzhen.knowledge/1"}',
     '{"schema": "tingzhen.knowledge/1", "files": []}',
     '{"schema": "tingzhen.knowledge/1", "files": {"../x.yaml": {}}}',
     '{"schema": "tingzhen.knowledge/1", "files": {"x.yaml": []}}',
     '{"schema": "tingzhen.knowledge/1", "files": {"x.yaml": null}}'],
)  # fmt: skip
def test_what_is_no_base_is_refused_without_a_traceback(tmp_path: Path, text: str) -> None:
    file = tmp_path / "base.json"
    file.write_text(text, encoding="utf-8")
    documents, wrong = read_base(file)
    assert [*wrong, *check_documents(documents).findings]
