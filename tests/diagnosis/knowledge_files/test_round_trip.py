"""A base goes from any format to any other and back without loss."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.diagnosis.knowledge_files.generated import TEXTS, bases
from tests.diagnosis.small_base import write_small_base
from tingzhen.diagnosis import KNOWLEDGE_DIR, load_knowledge
from tingzhen.diagnosis.knowledge_check import check_documents
from tingzhen.diagnosis.knowledge_files import (
    FORMATS,
    Document,
    Format,
    Place,
    json_base_schema,
    read_base,
    write_base,
)
from tingzhen.diagnosis.knowledge_files.csv_cells import list_cell, list_of, text_cell, text_of
from tingzhen.errors import KnowledgeError
from tingzhen.language import LANGUAGES, Language

FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")


def documents_of(files: dict[str, Any]) -> list[Document]:
    return [Document(name, files[name], lambda _: Place("made", 1, 1)) for name in sorted(files)]


def without_empties(node: Any) -> Any:
    """What CSV leaves out: optional parts that are empty. `tools`, `parts`, word lists stay."""
    kept = {"tools", "parts", "zh", "en"}
    if isinstance(node, dict):
        pairs = {key: without_empties(value) for key, value in node.items()}
        return {k: v for k, v in pairs.items() if k in kept or v not in ({}, [])}
    return [without_empties(item) for item in node] if isinstance(node, list) else node


def through(files: list[Document], out: Path, kind: Format, language: Language) -> dict[str, Any]:
    write_base(files, out, kind, language, replace=False)
    read, wrong = read_base(out)
    assert wrong == []
    return {document.name: document.data for document in read}


@given(bases(), st.sampled_from(LANGUAGES))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_generated_base_comes_back_from_every_format(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, Any], language: Language
) -> None:
    folder = tmp_path_factory.mktemp("base")
    documents = documents_of(files)
    assert [f.line().en for f in check_documents(documents).findings if f.level == "error"] == []
    for kind in FORMATS:
        out = folder / f"base.{kind}"
        expected = without_empties(files) if kind == "csv" else files
        assert through(documents, out, kind, language) == expected


@pytest.mark.parametrize("kind", FORMATS)
def test_the_shipped_base_comes_back(tmp_path: Path, kind: Format) -> None:
    documents, wrong = read_base(KNOWLEDGE_DIR)
    assert wrong == []
    files = {document.name: document.data for document in documents}
    expected = without_empties(files) if kind == "csv" else files
    out = tmp_path / f"base.{kind}"
    assert through(documents, out, kind, "zh") == expected


def test_the_shipped_base_means_the_same_from_sheets(tmp_path: Path) -> None:
    documents, _ = read_base(KNOWLEDGE_DIR)
    write_base(documents, tmp_path / "csv", "csv", "zh", replace=False)
    again, shipped = load_knowledge(tmp_path / "csv"), load_knowledge()
    for part in ("faults", "tests", "settings", "word_meanings", "dangers", "recordings",
                 "systems", "components", "events", "gates"):  # fmt: skip
        assert getattr(again, part) == getattr(shipped, part), part


def test_the_json_document_fits_its_schema(tmp_path: Path) -> None:
    documents, _ = read_base(write_small_base(tmp_path / "yaml"))
    write_base(documents, tmp_path / "base.json", "json", "en", replace=False)
    validator = jsonschema.Draft202012Validator(json_base_schema())
    validator.check_schema(validator.schema)
    base = json.loads((tmp_path / "base.json").read_text(encoding="utf-8"))
    validator.validate(base)
    base["files"]["cooling.yaml"]["faults"][0]["prior"] = "two"
    assert not validator.is_valid(base)


@given(TEXTS)
def test_a_cell_is_never_a_formula_and_keeps_its_text(text: str) -> None:
    assert text_of(text_cell(text)) == text
    assert not FORMULA.match(text_cell(text))


@given(st.lists(TEXTS, max_size=4))
def test_a_list_in_a_cell_keeps_its_items(items: list[str]) -> None:
    assert list_of(list_cell(items)) == items
    assert not FORMULA.match(list_cell(items))


def test_a_person_s_list_is_taken() -> None:
    assert list_of(" petrol|diesel  |  hybrid ") == ["petrol", "diesel", "hybrid"]
    assert list_of("  ") == []


def test_sheets_open_in_a_spreadsheet(tmp_path: Path) -> None:
    """A byte order mark, and no cell that begins a formula but plain numbers."""
    documents, _ = read_base(KNOWLEDGE_DIR)
    write_base(documents, tmp_path, "csv", "zh", replace=False)
    for file in tmp_path.glob("*.csv"):
        assert file.read_bytes().startswith(b"\xef\xbb\xbf"), file.name
    assert "文件,编号,名称（中文）" in (tmp_path / "faults.csv").read_text(encoding="utf-8-sig")


def test_what_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    documents, _ = read_base(write_small_base(tmp_path / "yaml"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.yaml").write_text("old", encoding="utf-8")
    (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="--force"):
        write_base(documents, tmp_path / "out", "yaml", "en", replace=False)
    assert (tmp_path / "out" / "old.yaml").read_text(encoding="utf-8") == "old"
    write_base(documents, tmp_path / "out", "yaml", "en", replace=True)
    names = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert names == ["base.yaml", "cooling.yaml", "notes.txt"]


def test_a_place_that_cannot_be_is_refused(tmp_path: Path) -> None:
    documents, _ = read_base(write_small_base(tmp_path / "yaml"))
    with pytest.raises(KnowledgeError):
        write_base(documents, tmp_path / "yaml", "json", "en", replace=True)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(KnowledgeError):
            write_base(documents, out, "csv", "en", replace=True)
