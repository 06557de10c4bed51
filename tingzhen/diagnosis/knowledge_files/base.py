"""A whole knowledge base in any of its formats."""

from pathlib import Path
from typing import Literal, get_args

from tingzhen.diagnosis.knowledge_files.csv_base import read_csv_base
from tingzhen.diagnosis.knowledge_files.document import Document
from tingzhen.diagnosis.knowledge_files.finding import Finding
from tingzhen.diagnosis.knowledge_files.json_base import read_json_base
from tingzhen.diagnosis.knowledge_files.yaml_file import read_yaml
from tingzhen.errors import KnowledgeError
from tingzhen.language import Text

Format = Literal["yaml", "json", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)


def format_of(path: Path) -> Format:
    """A folder with .yaml files, a .json file, or a folder with .csv sheets.

    Raises KnowledgeError for anything else.
    """
    if path.is_dir():
        for wanted in ("yaml", "csv"):
            if any(path.glob(f"*.{wanted}")):
                return "yaml" if wanted == "yaml" else "csv"
    elif path.is_file() and path.suffix.lower() == ".json":
        return "json"
    raise KnowledgeError(
        Text(f"{path} 不是知识库：须为含 .yaml 文件的目录、一个 .json 文件，或含 .csv 表格的目录。",
             f"{path} is no knowledge base: it must be a folder with .yaml files, a .json file, "
             "or a folder with .csv sheets.")
    )  # fmt: skip


def read_base(path: Path) -> tuple[list[Document], list[Finding]]:
    """The files of the base at `path` that can be read, and what is wrong with the others.

    Raises KnowledgeError when there is no base.
    """
    kind = format_of(path)
    if kind == "json":
        return read_json_base(path)
    if kind == "csv":
        return read_csv_base(path)
    read = [read_yaml(file) for file in sorted(path.glob("*.yaml"))]
    return (
        [found for found in read if isinstance(found, Document)],
        [found for found in read if isinstance(found, Finding)],
    )
