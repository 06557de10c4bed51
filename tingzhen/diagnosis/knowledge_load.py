"""Read a folder of fault-tree files into a knowledge base, or say file and line of a problem."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from tingzhen.diagnosis._checked import is_checked
from tingzhen.diagnosis._knowledge_check import check_meaning
from tingzhen.diagnosis._yaml_lines import YamlDocument, knowledge_problem, read_yaml
from tingzhen.diagnosis.circumstances import POWERTRAINS
from tingzhen.diagnosis.knowledge import (
    CodeFactor,
    Danger,
    DiagnosticOutcome,
    DiagnosticTest,
    Fault,
    KnowledgeBase,
    RangeFactor,
    Recording,
    Repair,
    Settings,
    WordMeaning,
    Words,
)
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
    return _build(documents)


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


def _build(documents: Sequence[YamlDocument]) -> KnowledgeBase:
    faults, tests, meanings, dangers, recordings = [], [], [], [], []
    settings: Settings | None = None
    for document in documents:
        data = document.data
        faults += [_fault(item, data["system"]["id"]) for item in data.get("faults", ())]
        tests += [_test(item) for item in data.get("tests", ())]
        meanings += [
            WordMeaning(_words(w), w.get("noises", {}), tuple(w.get("when", ())))
            for w in data.get("words", ())
        ]
        dangers += [Danger(d["id"], _words(d), _text(d["reason"])) for d in data.get("dangers", ())]
        recordings += [
            Recording(r["id"], r["for"], tuple(r.get("when", ())), _text(r["name"]),
                      _text(r["how"]))
            for r in data.get("recordings", ())
        ]  # fmt: skip
        if "settings" in data:
            settings = _settings(data["settings"])
    assert settings is not None, "check_meaning asks for exactly one settings block"  # noqa: S101
    return KnowledgeBase(tuple(faults), tuple(tests), settings, tuple(meanings), tuple(dangers),
                         tuple(recordings))  # fmt: skip


def _text(item: Mapping[str, str]) -> Text:
    return Text(item["zh"], item["en"])


def _words(item: Mapping[str, Any]) -> Words:
    return Words(tuple(item.get("zh", ())), tuple(w.casefold() for w in item.get("en", ())))


def _fault(item: Mapping[str, Any], system: str) -> Fault:
    words = item.get("words", {})
    repair, drive = item["repair"], item["drive"]
    return Fault(
        id=item["id"], name=_text(item["name"]), system=system, damage=item.get("damage"),
        prior=float(item["prior"]),
        powertrains=frozenset(item.get("powertrain", POWERTRAINS)),
        noises={t: float(p) for t, p in item.get("noises", {}).items()},
        damages={d: float(p) for d, p in item.get("damages", {}).items()},
        when={w: float(x) for w, x in item.get("when", {}).items()},
        ranges=tuple(
            RangeFactor(r["measure"], float(r.get("low", "-inf")), float(r.get("high", "inf")),
                        float(r["factor"]))
            for r in item.get("ranges", ())
        ),
        codes=tuple(CodeFactor(c["match"], float(c["factor"])) for c in item.get("codes", ())),
        words=_words(words), words_factor=float(words.get("factor", 1.0)),
        tests={t: {o: float(p) for o, p in outcomes.items()}
               for t, outcomes in item.get("tests", {}).items()},
        repair=Repair(_text(repair["steps"]), tuple(_text(p) for p in repair["parts"]),
                      float(repair["labour_min"])),
        severity=item["severity"], drive=drive["advice"], drive_reason=_text(drive["reason"]),
        source=item["source"],
    )  # fmt: skip


def _test(item: Mapping[str, Any]) -> DiagnosticTest:
    return DiagnosticTest(
        id=item["id"], name=_text(item["name"]), how=_text(item["how"]),
        tools=tuple(_text(tool) for tool in item["tools"]), minutes=float(item["minutes"]),
        risk=item["risk"], risk_note=_text(item["risk_note"]) if "risk_note" in item else None,
        drives=bool(item.get("drives", False)), runs=bool(item.get("runs", False)),
        outcomes=tuple(
            DiagnosticOutcome(o["id"], _text(o["text"]), float(o["otherwise"]))
            for o in item["outcomes"]
        ),
        source=item["source"],
    )  # fmt: skip


def _settings(item: Mapping[str, Any]) -> Settings:
    """Each setting is written as {value, source}."""
    values: dict[str, Any] = {}
    for name, entry in item.items():
        value = entry["value"]
        values[name] = (
            {key: float(number) for key, number in value.items()}
            if isinstance(value, dict)
            else float(value)
        )
    return Settings(**values)
