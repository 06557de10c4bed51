"""The form: questions in the terminal, each answer checked at once, until a rule stands."""

import difflib
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_NAMES
from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis._context_names import WHEN_NAMES
from tingzhen.diagnosis.experience import Statement, parse_statement
from tingzhen.diagnosis.experience.rule import ROLE_NAMES, STRENGTH_NAMES
from tingzhen.diagnosis.experience.rule_file import problems_at
from tingzhen.diagnosis.experience.sentence import POWERTRAIN_NAMES
from tingzhen.errors import ExperienceError
from tingzhen.language import Language, Text
from tingzhen.vision.vocabulary import DAMAGE_NAMES, VISIBLE_DAMAGES

Ask = Callable[[str], str]
Say = Callable[[str], None]

_SPLIT: Final = re.compile(r"[,，、;；]")
_RANGE: Final = re.compile(r"^(-?\d+(?:\.\d+)?)?\s*(?:\.\.|~|～|至|to)\s*(-?\d+(?:\.\d+)?)?$")
_LISTED: Final[Mapping[str, tuple[Text, Sequence[tuple[str, Text]]]]] = {
    "noises": (Text("听到什么声音？", "Which noises are heard?"),
               [(t, NOISE_NAMES[t]) for t in FAULT_NOISES]),
    "damages": (Text("看到什么损伤？", "Which damage is seen?"),
                [(t, DAMAGE_NAMES[t]) for t in VISIBLE_DAMAGES]),
    "codes": (Text("有哪些故障码？（? 代表一位，如 P03??）",
                   "Which trouble codes? (? for any digit, like P03??)"), []),
    "words": (Text("车主会怎么说？（原话中的词）", "Which words does the owner use?"), []),
    "when": (Text("什么时候出现？", "When does it come?"), list(WHEN_NAMES.items())),
    "make": (Text("只限哪些品牌？", "Only for which makes?"), []),
    "model": (Text("只限哪些车型？", "Only for which models?"), []),
    "powertrain": (Text("只限哪种动力？", "Only for which powertrain?"),
                   list(POWERTRAIN_NAMES.items())),
}  # fmt: skip
_RANGES: Final[Mapping[str, tuple[Text, str]]] = {
    "year": (Text("年款范围（如 2019..2022）", "Model years (like 2019..2022)"), "to"),
    "mileage_km": (Text("里程范围，公里（如 80000..）", "Mileage, km (like 80000..)"), "below"),
    "ambient_c": (Text("气温范围，°C（如 ..5）", "Outside temperature, °C (like ..5)"), "below"),
    "humidity_pct": (Text("空气湿度范围，%", "Air humidity, %"), "below"),
    "speed_kmh": (Text("车速范围，km/h", "Road speed, km/h"), "below"),
}
_FACTS: Final[Mapping[str, tuple[Text, Sequence[tuple[str, Text]]]]] = {
    "strength": (Text("多大把握？", "How often is it that?"), list(STRENGTH_NAMES.items())),
    "role": (Text("您的角色？", "What are you?"), list(ROLE_NAMES.items())),
    "author": (Text("您的代号（如 t017，不要写姓名）", "Your key (like t017, not your name)"), []),
    "workshop": (Text("车间代号", "Key of the workshop"), []),
    "note": (Text("备注", "A note"), []),
}
_NO_RANGE: Final = Text(
    "请写成范围，如 ..5、5..20 或 80..", "Write a range, like ..5, 5..20 or 80.."
)
_NEEDED: Final = frozenset({"strength", "role", "author"})
_SKIP: Final = Text("回车跳过", "Enter to skip")


def fill_in(
    knowledge: KnowledgeBase, language: Language, *, ask: Ask, say: Say, today: date
) -> Statement:
    """Ask until a statement stands; an answer that does not fit is asked for again.

    ask: shows a question and gives the answer; it raises EOFError when there is none, which ends
    the form.
    """
    hint = Text("每项可填多个，用逗号分隔，也可写编号。",
                "Part several entries by commas; numbers of the list will do.")  # fmt: skip
    say(hint.to(language))
    while True:
        conditions = _conditions(language, ask, say)
        problem = _problem({"conditions": conditions}, ("conditions",))
        if problem is None:
            break
        say(problem.to(language))
    item: dict[str, Any] = {
        "conditions": conditions, "look_at": _look_at(knowledge, language, ask, say),
    }  # fmt: skip
    for key, (question, names) in _FACTS.items():
        while True:
            answer = ask(_shown(question, names, language, skip=key not in _NEEDED)).strip()
            if not answer and key not in _NEEDED:
                break
            value = _chosen(answer, names)
            problem = _problem({key: value}, (key,))
            if problem is None:
                item[key] = value
                break
            say(problem.to(language))
    return parse_statement(item | {"date": today.isoformat()}, knowledge)


def ask_in_terminal(question: str) -> str:
    """Show a question and read one line, from a person or from a pipe. Raises EOFError."""
    sys.stdout.write(f"{question}\n> ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not sys.stdin.isatty():
        sys.stdout.write("\n")
    if not line:
        raise EOFError
    return line.rstrip("\n")


def _conditions(language: Language, ask: Ask, say: Say) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for key, (question, names) in _LISTED.items():
        while True:
            answer = ask(_shown(question, names, language, skip=True)).strip()
            if not answer:
                break
            values = [_chosen(part, names) for part in _SPLIT.split(answer) if part.strip()]
            problem = _problem({"conditions": {key: values}}, ("conditions", key))
            if problem is None:
                given[key] = values
                break
            say(problem.to(language))
    for key, (question, upper) in _RANGES.items():
        while True:
            answer = ask(_shown(question, [], language, skip=True)).strip()
            if not answer:
                break
            bounds = _bounds(answer, upper)
            problem = (
                _problem({"conditions": {key: bounds}}, ("conditions", key))
                if bounds
                else _NO_RANGE
            )
            if problem is None:
                given[key] = bounds
                break
            say(problem.to(language))
    return given


def _look_at(knowledge: KnowledgeBase, language: Language, ask: Ask, say: Say) -> dict[str, str]:
    question = Text(
        "先查什么？（故障的名称或编号；检查写 test:编号；库中没有的写 ?描述）",
        "Look at what first? (name or id of a fault; test:ID for a test; ?words for a fault that "
        "the base does not hold)",
    )
    while True:
        answer = ask(question.to(language)).strip()
        look_at = {"fault": answer}
        if answer.startswith(("?", "？")):
            look_at = {"unknown_fault": answer[1:].strip()}
        elif answer.casefold().startswith("test:"):
            look_at = {"test": answer[5:].strip()}
        try:
            parse_statement(dict(_EXAMPLE) | {"look_at": look_at}, knowledge)
        except ExperienceError as error:
            say(error.message(language))
            for near in _containing(knowledge, answer, language):
                say(f"    {near}")
            continue
        return look_at


def _containing(knowledge: KnowledgeBase, answer: str, language: Language) -> list[str]:
    """Faults whose name holds the answer, or is like it."""
    if len(answer) < 2:
        return []
    names = {fault.name.to(language): fault.id for fault in knowledge.faults}
    holding = [name for name in names if answer.casefold() in name.casefold()]
    near = holding or difflib.get_close_matches(answer, names, n=5, cutoff=0.3)
    return [f"{names[name]}  {name}" for name in near[:8]]


_EXAMPLE: Final[dict[str, Any]] = {
    "conditions": {"noises": ["knock"]}, "look_at": {"unknown_fault": "example"},
    "strength": "often", "role": "technician", "author": "example", "date": "2026-01-01",
}  # fmt: skip


def _problem(changed: Mapping[str, Any], place: tuple[str, ...]) -> Text | None:
    """What is wrong with one answer, all else being in order."""
    item = {**_EXAMPLE, **changed}
    if len(place) > 1:
        item["conditions"] = {"noises": ["knock"]} | changed["conditions"]
    found = problems_at(item, place)
    return found[0] if found else None


def _shown(
    question: Text, names: Sequence[tuple[str, Text]], language: Language, *, skip: bool
) -> str:
    lines = [f"{number}) {name.to(language)}" for number, (_, name) in enumerate(names, start=1)]
    hint = f" [{_SKIP.to(language)}]" if skip else ""
    return question.to(language) + hint + ("\n  " + "  ".join(lines) if lines else "")


def _chosen(answer: str, names: Sequence[tuple[str, Text]]) -> str:
    """The id behind a number of the list; else the answer as it is."""
    answer = answer.strip()
    if names and answer.isdecimal() and 1 <= int(answer) <= len(names):
        return names[int(answer) - 1][0]
    return answer


def _bounds(answer: str, upper: str) -> dict[str, str]:
    """Empty for what is no range."""
    match = _RANGE.match(answer)
    if match is None:
        return {}
    low, high = match.groups()
    return {key: value for key, value in (("from", low), (upper, high)) if value is not None}
