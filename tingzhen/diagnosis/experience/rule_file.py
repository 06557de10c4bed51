"""Rules of experience from a file (YAML or JSON) or from one object; every problem is named.

A file is a mapping with the one key `experience` (经验): a list of statements.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from tingzhen.diagnosis.experience.problems import problem_text
from tingzhen.diagnosis.experience.rule import LookAt, Statement
from tingzhen.diagnosis.experience.statement_json import as_json, as_statement
from tingzhen.diagnosis.experience.statement_model import StatementModel, chinese_key
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.knowledge_files import Document, open_yaml
from tingzhen.errors import ExperienceError, KnowledgeError
from tingzhen.language import Text

_LISTS: Final = ("experience", "经验")
_BYTES: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class RuleFile:
    """statements: those that can be used, in the order of the file. problems: of the others, each
    with its line; a statement with a problem does not stop the others."""

    statements: tuple[Statement, ...]
    problems: tuple[Text, ...]


def read_rule_file(path: Path, knowledge: KnowledgeBase) -> RuleFile:
    """Read a file of statements.

    Raises ExperienceError when it is no such file at all: not there, no YAML, no list.
    """
    try:
        if path.stat().st_size > _BYTES:
            raise ExperienceError(
                Text(f"{path.name}：文件过大（上限 20 MB）。",
                     f"{path.name}: the file is too large (20 MB at most).")
            )  # fmt: skip
        document = open_yaml(path)
    except KnowledgeError as error:
        raise ExperienceError(error.text) from error
    except OSError as error:
        raise ExperienceError(
            Text(f"{path}：无法读取。请检查路径。", f"{path} cannot be read. Check the path.")
        ) from error
    key, items = _items(document)
    statements: list[Statement] = []
    problems: list[Text] = []
    for number, item in enumerate(items):
        found, wrong = _statement(item, knowledge)
        if found is not None:
            statements.append(found)
        for place, text in wrong:
            line = document.line_of([key, number, *_as_written(item, place)])
            problems.append(Text(f"{document.name}:{line}：{text.zh}",
                                 f"{document.name}:{line}: {text.en}"))  # fmt: skip
    return RuleFile(tuple(statements), tuple(problems))


def parse_statement(item: object, knowledge: KnowledgeBase) -> Statement:
    """One statement from an object. Raises ExperienceError with all its problems."""
    statement, wrong = _statement(item, knowledge)
    if statement is None:
        raise ExperienceError(
            Text("经验有误：" + "；".join(t.zh for _, t in wrong) + "。",
                 "The rule does not fit: " + "; ".join(t.en for _, t in wrong) + ".")
        )  # fmt: skip
    return statement


def problems_at(item: object, place: Sequence[str]) -> list[Text]:
    """The problems of an object at one place and below it, whatever else is wrong with it."""
    try:
        StatementModel.model_validate(item)
    except ValidationError as error:
        return [
            problem_text(dict(e)) for e in error.errors(include_url=False)
            if list(e["loc"][: len(place)]) == list(place)
        ]  # fmt: skip
    return []


def write_rule_file(path: Path, statements: Iterable[Statement]) -> None:
    """Write statements so that `read_rule_file` reads them again. Raises OSError."""
    content = {"experience": [as_json(statement) for statement in statements]}
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    path.write_text(text, encoding="utf-8")


def _items(document: Document) -> tuple[str, Sequence[object]]:
    data = document.data
    if isinstance(data, Mapping) and len(data) == 1:
        ((key, items),) = data.items()
        if key in _LISTS and isinstance(items, list):
            return key, items
    raise ExperienceError(
        Text(f"{document.name}：须只有一个键 experience（或“经验”），其值为列表。",
             f"{document.name}: it must hold one key, experience, with a list.")
    )  # fmt: skip


_Problems = list[tuple[tuple[str | int, ...], Text]]


def _statement(item: object, knowledge: KnowledgeBase) -> tuple[Statement | None, _Problems]:
    try:
        statement = as_statement(StatementModel.model_validate(item))
    except ValidationError as error:
        return None, [(e["loc"], problem_text(dict(e))) for e in error.errors(include_url=False)]
    look_at = _known(statement.rule.look_at, knowledge)
    if look_at is None:
        kind, name = statement.rule.look_at.kind, statement.rule.look_at.name
        return None, [(("look_at", kind), _unknown(kind, name, knowledge))]
    return replace(statement, rule=replace(statement.rule, look_at=look_at)), []


def _known(look_at: LookAt, knowledge: KnowledgeBase) -> LookAt | None:
    """The same with the id of the fault or test, given by id or name; None if there is no such."""
    if look_at.kind == "unknown_fault":
        return look_at
    wanted = look_at.name.casefold()
    for part in knowledge.faults if look_at.kind == "fault" else knowledge.tests:
        if wanted in (part.id, part.name.zh.casefold(), part.name.en.casefold()):
            return LookAt(look_at.kind, part.id)
    return None


def _unknown(kind: str, name: str, knowledge: KnowledgeBase) -> Text:
    parts = knowledge.faults if kind == "fault" else knowledge.tests
    words = {word: part.id for part in parts for word in (part.id, part.name.zh, part.name.en)}
    near = dict.fromkeys(words[w] for w in difflib.get_close_matches(name, words, n=4, cutoff=0.5))
    listed = ", ".join(list(near)[:3])
    zh = f"，是否指 {listed}？" if listed else "。"
    en = f"; do you mean {listed}?" if listed else "."
    if kind == "test":
        return Text(f"知识库中没有检查“{name}”{zh}", f'The base has no test "{name}"{en}')
    free = Text("库中没有的故障请写在 unknown_fault（库外故障）下",
                "a fault that it does not hold goes under unknown_fault")  # fmt: skip
    return Text(f"知识库中没有故障“{name}”{zh}{free.zh}",
                f'The base has no fault "{name}"{en} ({free.en})')  # fmt: skip


def _as_written(item: Any, place: Sequence[str | int]) -> list[str | int]:
    """A place in the file's own keys, which may be Chinese ones."""
    written: list[str | int] = []
    for part in place:
        key = part
        if isinstance(item, Mapping) and isinstance(part, str) and part not in item:
            key = next((zh for zh in chinese_key(part) if zh in item), part)
        written.append(key)
        item = item.get(key) if isinstance(item, Mapping) else None
    return written
