"""Write a base to disk, whole or not at all."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tingzhen.diagnosis.knowledge_files.base import Format
from tingzhen.diagnosis.knowledge_files.csv_write import write_csv_base
from tingzhen.diagnosis.knowledge_files.document import Document
from tingzhen.diagnosis.knowledge_files.json_base import write_json_base
from tingzhen.diagnosis.knowledge_files.yaml_file import write_yaml
from tingzhen.errors import KnowledgeError
from tingzhen.language import Language, Text


def write_base(
    documents: Sequence[Document], out: Path, kind: Format, language: Language, replace: bool
) -> None:
    """Write the base as a folder of YAML files or of sheets, or as one JSON file.

    language: of the headers of sheets. replace: take the place of what is there: of the file, or of
    all files of this format in the folder; other files stay.

    Raises KnowledgeError where something is there and must not be replaced, or where it cannot be
    written; what was there is then as it was.
    """
    there = any(out.glob(f"*.{kind}")) if out.is_dir() else out.exists()
    if there and not replace:
        raise KnowledgeError(
            Text(f"{out} 已有内容。请换一个位置，或加 --force 覆盖。",
                 f"{out} is there already. Choose another place, or replace it with --force.")
        )  # fmt: skip
    if out.is_dir() == (kind == "json") and out.exists():
        raise KnowledgeError(
            Text(f"{out} 的种类不对：json 须写入文件，yaml 与 csv 须写入目录。",
                 f"{out}: json is written to a file, yaml and csv to a folder.")
        )  # fmt: skip
    try:
        if kind == "json":
            _write_folder({out.name: write_json_base(documents)}, out.parent, [out])
        elif kind == "csv":
            sheets = write_csv_base(documents, language)
            _write_folder(sheets, out, sorted(out.glob("*.csv")))
        else:
            files = {document.name: write_yaml(document.data) for document in documents}
            _write_folder(files, out, sorted(out.glob("*.yaml")))
    except OSError as error:
        raise KnowledgeError(
            Text(
                f"无法写入 {out}：{error.strerror}。", f"{out} cannot be written: {error.strerror}."
            )
        ) from error


def _write_folder(files: Mapping[str, str], folder: Path, old: Sequence[Path]) -> None:
    """Everything is written beside its place first, so that a full disk leaves the old base."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".tingzhen-", dir=folder))
    try:
        for name, text in files.items():
            (beside / name).write_bytes(text.encode())
        for name in files:
            (beside / name).replace(folder / name)
        for file in old:
            if file.name not in files:
                file.unlink(missing_ok=True)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
