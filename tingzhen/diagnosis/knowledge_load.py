"""Read a folder of fault-tree files into a knowledge base, or say file and line of a problem."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from tingzhen.diagnosis._checked import is_checked
from tingzhen.diagnosis._knowledge_build import build_knowledge
from tingzhen.diagnosis._knowledge_check import check_meaning
from tingzhen.diagnosis._yaml_lines import YamlDocument, knowledge_problem, read_yaml
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.errors import KnowledgeError
from tingzhen.language import Text

KNOWLEDGE_DIR: Final = Path(__file__).parent / "knowledge"
SCHEMA_PATH: Final = Path(__file__).parent / "fault_tree.schema.json"
_PROBLEMS_SHOWN: Final = 10


def load_knowledge(path: Path | None = None) -> KnowledgeBase:
    """Load the knowledge base in folder `path`; the shipped one when None.

    Every *.yaml in the folder is checked against fault_tree.schema.json and then for its meaning
    (known types and tests, no id twice, both languages, probabilities that can hold). The schema
    check is left out while checked.json in the folder holds the digest of exactly these files.

    Raises KnowledgeError; its text gives file and line of each problem (the first ten).
    """
    folder = path or KNOWLEDGE_DIR
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise KnowledgeError(
            Text(f"知识库目录 {folder} 中没有 .yaml 文件。请检查路径。",
                 f"The knowledge folder {folder} holds no .yaml file. Check the path.")
        )  # fmt: skip
    documents = [read_yaml(file) for file in files]
    problems = []
    if not is_checked(folder, [SCHEMA_PATH, *files]):
        problems = [text for document in documents for text in _schema_problems(document)]
    if not problems:
        problems = check_meaning(documents)
    if problems:
        shown, more = problems[:_PROBLEMS_SHOWN], len(problems) - _PROBLEMS_SHOWN
        zh = "\n".join(text.zh for text in shown) + (f"\n还有 {more} 处" if more > 0 else "")
        en = "\n".join(text.en for text in shown) + (f"\nand {more} more" if more > 0 else "")
        raise KnowledgeError(Text(f"知识库有误：\n{zh}", f"The knowledge base is wrong:\n{en}"))
    return build_knowledge([document.data for document in documents])


@cache
def _validator() -> Any:
    # jsonschema costs about 0.1 s to import: only whoever loads a base pays for it.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(json.loads(SCHEMA_PATH.read_text(encoding="utf-8")))


def _schema_problems(document: YamlDocument) -> list[Text]:
    problems = []
    for error in _validator().iter_errors(document.data):
        place: list[str | int] = list(error.absolute_path)
        if error.validator == "additionalProperties" and isinstance(error.schema, dict):
            known = error.schema.get("properties", {})
            place += [key for key in error.instance if key not in known][:1]
        line = document.line_of(place)
        where = "/".join(str(part) for part in place) or "file"
        message = str(error.message)
        message = message if len(message) < 200 else f"{error.validator}: {error.validator_value}"
        problems.append(
            (line, knowledge_problem(document.name, line, f"{where} 不符合格式：{message[:300]}",
                                     f"{where} does not fit the schema: {message[:300]}"))
        )  # fmt: skip
    return [text for _, text in sorted(problems, key=lambda pair: pair[0])]
