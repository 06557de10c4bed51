"""A whole knowledge base as one JSON document: {"schema", "files": {"engine.yaml": {...}, ...}}."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tingzhen.diagnosis.knowledge_files.document import Document
from tingzhen.diagnosis.knowledge_files.finding import ElementPath, Finding, Place
from tingzhen.diagnosis.knowledge_files.json_file import read_json, write_json
from tingzhen.language import Text

SCHEMA: Final = "tingzhen.knowledge/1"
# Nothing that leads out of the folder or that some file system refuses.
FILE_NAME: Final = re.compile(r'[^\x00-\x1f/\\:*?"<>|.][^\x00-\x1f/\\:*?"<>|]{0,79}\.yaml')
_FILE_SCHEMA: Final = Path(__file__).parents[1] / "fault_tree.schema.json"


def read_json_base(path: Path) -> tuple[list[Document], list[Finding]]:
    """The files in the document, and what is wrong with the document itself."""
    whole = read_json(path)
    if isinstance(whole, Finding):
        return [], [whole]
    data = whole.data
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        place = whole.place_of(["schema"])
        return [], [Finding("value_invalid", place, Text(
            f'须为 {{"schema": "{SCHEMA}", "files": {{…}}}}',
            f'it must be {{"schema": "{SCHEMA}", "files": {{...}}}}'))]  # fmt: skip
    if set(data) != {"schema", "files"} or not isinstance(data["files"], dict):
        return [], [Finding("value_invalid", whole.place_of(["files"]), Text(
            "除 schema 外须恰有 files：文件名到内容的映射",
            "beside schema it must have files, from names to what is in them"))]  # fmt: skip
    wrong = [
        bad_file_name(name, whole.place_of(["files", name]))
        for name in data["files"]
        if not FILE_NAME.fullmatch(name)
    ]
    return [_part(whole, name) for name in data["files"] if FILE_NAME.fullmatch(name)], wrong


def write_json_base(documents: Sequence[Document]) -> str:
    return write_json({"schema": SCHEMA, "files": {d.name: d.data for d in documents}})


def json_base_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the whole document; the definitions are those of one file."""
    one: dict[str, Any] = json.loads(_FILE_SCHEMA.read_text(encoding="utf-8"))
    definitions = one.pop("$defs")
    return {
        "$schema": one.pop("$schema"),
        "$id": "tingzhen/knowledge.schema.json",
        "title": "A Tingzhen knowledge base as one JSON document",
        "type": "object",
        "additionalProperties": False,
        "required": ["schema", "files"],
        "properties": {
            "schema": {"const": SCHEMA},
            "files": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": f"^{FILE_NAME.pattern}$"},
                "additionalProperties": {"$ref": "#/$defs/file"},
            },
        },
        "$defs": {**definitions, "file": {k: v for k, v in one.items() if k != "$id"}},
    }


def bad_file_name(name: str, place: Place) -> Finding:
    return Finding("file_name_invalid", place, Text(
        f"文件名“{name[:80]}”须以 .yaml 结尾，不含 / \\ : 等字符",
        f'the file name "{name[:80]}" must end in .yaml and have no / \\ : or the like',
    ))  # fmt: skip


def _part(whole: Document, name: str) -> Document:
    def place_of(path: ElementPath) -> Place:
        return whole.place_of(["files", name, *path])

    return Document(name, whole.data["files"][name], place_of)
