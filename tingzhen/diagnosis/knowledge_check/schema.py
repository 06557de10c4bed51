"""Does each file fit fault_tree.schema.json? What does not is said in plain sentences."""

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from tingzhen.diagnosis.knowledge_files import Document, Problem

SCHEMA_PATH: Final = Path(__file__).parents[1] / "fault_tree.schema.json"
_LONGEST: Final = 200
_RANGES: Final = {
    "minimum": ("不得小于", "must be at least"), "maximum": ("不得大于", "must be at most"),
    "exclusiveMinimum": ("须大于", "must be above"),
    "exclusiveMaximum": ("须小于", "must be below"),
}  # fmt: skip


@cache
def _validator() -> Any:
    # jsonschema costs about 0.1 s to import: only whoever checks a base in full pays for it.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(json.loads(SCHEMA_PATH.read_text(encoding="utf-8")))


def schema_problems(document: Document) -> list[Problem]:
    """Everything in the document that does not fit the schema, in the order of the file."""
    problems = [p for error in _validator().iter_errors(document.data) for p in _problems(error)]
    return sorted(problems, key=lambda problem: document.place_of(problem.path))


def _problems(error: Any) -> Iterator[Problem]:
    path = list(error.absolute_path)
    where = _where(path)
    rule, wanted, value = str(error.validator), error.validator_value, error.instance
    message = str(error.message)
    if len(message) > _LONGEST:
        message = f"{rule}: {str(wanted)[:_LONGEST]}"
    if rule == "additionalProperties" and isinstance(value, dict):
        yield from _unknown_keys(error, path)
    elif rule == "required":
        yield _missing(path, where, message)
    elif rule in _RANGES:
        zh, en = _RANGES[rule]
        yield Problem("out_of_range", path, f"{where} 为 {value}，{zh} {wanted}",
                      f"{where} is {value}; it {en} {wanted}")  # fmt: skip
    elif rule == "minLength" and path[-1:] in (["zh"], ["en"]):
        yield Problem("translation_missing", path, f"{where} 为空，请补上译文",
                      f"{where} is empty: write the text in this language")  # fmt: skip
    elif rule == "minLength" and {"source", "sources"} & set(map(str, path[-2:])):
        yield Problem("source_missing", path, f"{where} 太短，请写明数字的来源或 expert prior",
                      f'{where} says too little: name the source, or "expert prior"')  # fmt: skip
    elif rule == "const" and path[-2:] == ["drive", "advice"]:
        yield Problem("contradiction", path, "severity 为 dangerous 时 advice 须为 stop",
                      f"{where}: 'stop' was expected, for the severity is dangerous")  # fmt: skip
    elif rule == "not":
        yield Problem("contradiction", path, f"{where} 只有 kind: vote 才写 at_least",
                      f"{where} has at_least, which only kind: vote takes")  # fmt: skip
    elif rule == "anyOf":
        keys = [key for option in wanted for key in option.get("required", ())]
        yield Problem("key_missing", path, f"{where} 须有 {' 或 '.join(keys)}",
                      f"{where} needs {' or '.join(keys)}")  # fmt: skip
    else:
        yield Problem("value_invalid", path, f"{where} 不符合格式：{message}",
                      f"{where} does not fit the schema: {message}")  # fmt: skip


def _unknown_keys(error: Any, path: Sequence[str | int]) -> Iterator[Problem]:
    known = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint_zh = f"，是否指 {near[0]}？" if near else f"。可用：{', '.join(known)}"
            hint_en = f"; do you mean {near[0]}?" if near else f". Known: {', '.join(known)}"
            where = _where([*path, key])
            yield Problem("key_unknown", [*path, key], f"没有 {where} 这一项{hint_zh}",
                          f"there is no {where}{hint_en}")  # fmt: skip


def _missing(path: Sequence[str | int], where: str, message: str) -> Problem:
    found = re.match(r"'(\w+)'", message)
    key = found.group(1) if found else ""
    code = {
        "zh": "translation_missing",
        "en": "translation_missing",
        "source": "source_missing",
    }.get(key, "key_missing")
    return Problem(code, path, f"{where} 缺少 {key}", f"{where}: {message}; add it")


def _where(path: Sequence[str | int]) -> str:
    """faults/3/noises as a person counts: faults[4].noises."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "file"
