"""From the fields of a file to a case: the mapping made into one function."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.diagnosis._complaint import find_words, normal_complaint
from tingzhen.diagnosis.cases.duplicates import order_key
from tingzhen.diagnosis.cases.record import CaseRecord
from tingzhen.diagnosis.cases.rows import row_of
from tingzhen.diagnosis.cases.work_orders import values
from tingzhen.diagnosis.cases.work_orders.columns import Reader, column_reader, no_date
from tingzhen.diagnosis.cases.work_orders.mapping import (
    ORDER_FIELDS,
    ColumnRule,
    OrderField,
    OrderMapping,
)
from tingzhen.diagnosis.cases.work_orders.personal import vehicle_key, without_personal
from tingzhen.diagnosis.cases.work_orders.values import BadValue
from tingzhen.diagnosis.circumstances import POWERTRAINS, WHEN
from tingzhen.diagnosis.knowledge import KnowledgeBase, Words
from tingzhen.errors import OrdersError
from tingzhen.language import Text
from tingzhen.vision.vocabulary import DAMAGE_TYPES

NONE_OF_THESE: Final = "none_of_these"
"""What a value table writes for an order that found no fault of the base."""

# The bounds of the circumstances; for the rest what no order can exceed in earnest.
_BOUNDS: Final[dict[OrderField, tuple[float, float]]] = {
    "year": (1950, 2100), "mileage_km": (0, 3_000_000), "ambient_c": (-60, 70),
    "humidity_pct": (0, 100), "speed_kmh": (0, 400), "minutes": (0, 100_000),
    "cost_cny": (0, 10_000_000),
}  # fmt: skip
_LONGEST: Final[dict[OrderField, int]] = {"complaint": 4000, "repair": 4000}
_LONGEST_OTHER: Final = 200
_FREE_TEXT: Final = frozenset({"complaint", "repair", "fault"})

# The same words come again and again, so they are read once.
_REPEATED: Final = frozenset(ORDER_FIELDS) - {
    "number", "vin", "mileage_km", "complaint", "when", "noises", "damages", "sound_embedding",
    "picture_embedding",
}  # fmt: skip
_REMEMBERED: Final = 4096
_BETWEEN: Final = r"[,;\s]+"

Convert = Callable[[Mapping[str, Any]], CaseRecord]


class NotAnOrder(Exception):
    """An entry that gives no case; `text` says why, every reason with its column."""

    def __init__(self, reasons: Sequence[Text]) -> None:
        self.text = Text("；".join(r.zh for r in reasons), "; ".join(r.en for r in reasons))
        super().__init__(self.text.en)


def converter(
    mapping: OrderMapping,
    columns: tuple[str, ...] | None,
    knowledge: KnowledgeBase,
    secret: bytes,
) -> Convert:
    """A function that makes a case of the fields of one entry; it raises NotAnOrder.

    columns: of the file; None where each record names its own. secret: that VINs are hashed with.
    Raises OrdersError for a column of the mapping that the file lacks.
    """
    readers: list[tuple[OrderField, str, Reader]] = []
    for name, rule in mapping.columns.items():
        source = column_reader(name, rule, columns)
        if source is None and name == "opened_on":
            raise no_date(rule, columns)
        if source is not None:
            value_of = _value_of(source.read, _typed(name, rule, knowledge))
            if name in _REPEATED and source.only is not None:
                value_of = _remembered(source.only, value_of)
            readers.append((name, source.shown, value_of))

    def convert(fields: Mapping[str, Any]) -> CaseRecord:
        found: dict[str, Any] = {}
        reasons = []
        for name, shown, value_of in readers:
            try:
                value = value_of(fields)
            except BadValue as bad:
                reasons.append(
                    Text(f"列“{shown}”：{bad.text.zh}", f'column "{shown}": {bad.text.en}')
                )
            else:
                if value is not None:
                    found[name] = value
        if "opened_on" not in found and not reasons:
            reasons.append(Text("没有日期", "has no date"))
        if reasons:
            raise NotAnOrder(reasons)
        return _record(found, mapping, secret)

    return convert


def _record(given: dict[str, Any], mapping: OrderMapping, secret: bytes) -> CaseRecord:
    vin = given.pop("vin", None)
    if vin is not None:
        given["vehicle_key"] = vehicle_key(vin, secret)
    fault, fault_text, nothing = given.pop("fault", (None, None, False))
    given["none_of_these"] = bool(given.get("none_of_these", False)) or nothing
    given |= {"fault": fault, "fault_text": fault_text, "source": mapping.source}
    if "number" in given:
        told = order_key(given["number"], given.get("workshop"), "")
    else:
        told = row_of(CaseRecord(id="", **given))["fingerprint"]
    return CaseRecord(id=f"wo-{told[:24]}", **given)


def _typed(  # noqa: PLR0911 - one for each kind of field
    name: OrderField, rule: ColumnRule, knowledge: KnowledgeBase
) -> Callable[[Any], Any]:
    table = {values.plain(word).casefold(): value for word, value in rule.values.items()}

    def translated(raw: Any) -> Any:
        return table.get(values.plain(raw).casefold(), raw) if table else raw

    if name == "opened_on":
        return lambda raw: values.day(translated(raw), rule.format)
    if name in _BOUNDS:
        low, high = _BOUNDS[name]
        whole = int if name == "year" else float
        return lambda raw: whole(
            values.number(translated(raw), low=low, high=high, unit=rule.unit)
        )  # fmt: skip
    if name == "powertrain":
        return lambda raw: values.one_of(translated(raw), POWERTRAINS)
    if name in ("none_of_these", "fixed_first_time"):
        return lambda raw: values.truth(translated(raw))
    if name == "when":
        return _situations(rule, translated)
    if name == "codes":
        return lambda raw: tuple(dict.fromkeys(
            values.code(translated(part)) for part in _parts(raw, rule.split)
        ))  # fmt: skip
    if name in ("noises", "damages"):
        known = NOISE_TYPES if name == "noises" else DAMAGE_TYPES
        return lambda raw: values.probabilities(raw, known)
    if name in ("sound_embedding", "picture_embedding"):
        return values.vector
    if name == "fault":
        return _fault(translated, rule, knowledge)
    return lambda raw: _words(name, translated(raw))


def _value_of(read: Reader, typed: Callable[[Any], Any]) -> Reader:
    def value_of(fields: Mapping[str, Any]) -> Any:
        raw = read(fields)
        return None if raw is None else typed(raw)

    return value_of


def _remembered(column: str, value_of: Reader) -> Reader:
    """The same for a column whose texts come again and again: each is read once."""
    known: dict[str, Any] = {}

    def remembered(fields: Mapping[str, Any]) -> Any:
        raw = fields.get(column)
        if not isinstance(raw, str):
            return value_of(fields)
        if raw in known:
            return known[raw]
        value = value_of(fields)
        if len(known) < _REMEMBERED:
            known[raw] = value
        return value

    return remembered


def _words(name: OrderField, raw: Any) -> str | None:
    # What people wrote is kept as they wrote it; names and codes have to be equal to be the same.
    text = values.printable(raw) if name in _LONGEST else values.plain(raw)
    most = _LONGEST.get(name, _LONGEST_OTHER)
    if len(text) > most:
        raise BadValue(f"超过 {most} 个字符", f"has more than {most} characters")
    if name in _FREE_TEXT:
        text = without_personal(text)
    return text or None


def _parts(raw: Any, split: str | None) -> list[Any]:
    if isinstance(raw, list | tuple):
        return [part for part in raw if part is not None]
    text = values.plain(raw)
    return [part for part in re.split(split or _BETWEEN, text) if part]


def _situations(rule: ColumnRule, translated: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Situations from words within the text, or from a list of their names."""
    unknown = sorted({str(said) for said in rule.contains.values()} - set(WHEN))
    if unknown:
        listed, known = ", ".join(unknown[:10]), ", ".join(WHEN)
        raise OrdersError(
            Text(f"映射“when”用了不认识的工况：{listed}（可用：{known}）。",
                 f'The mapping of "when" uses unknown situations: {listed} (known: {known}).')
        )  # fmt: skip
    within = [
        (word.casefold(), _as_words(word.casefold()), str(said))
        for word, said in rule.contains.items()
    ]
    between = re.compile(rule.split or _BETWEEN)

    def names(raw: Any) -> tuple[str, ...]:
        parts = _parts(raw, rule.split)
        return tuple(dict.fromkeys(values.one_of(translated(part), WHEN) for part in parts))

    def only_names(text: str) -> bool:
        # Most are sentences, which show it at their first part.
        first = between.split(text, 1)[0]
        return (not first or first in WHEN) and all(p in WHEN for p in _parts(text, rule.split))

    def read(raw: Any) -> tuple[str, ...]:
        if not within or not isinstance(raw, str):
            return names(raw)
        text = values.plain(raw)
        if only_names(text):
            return names(raw)
        text = normal_complaint(text)
        return tuple(dict.fromkeys(
            said for word, words, said in within if word in text and find_words(text, words)
        ))  # fmt: skip

    return read


def _as_words(word: str) -> Words:
    return Words((), (f"{word}*",)) if word.isascii() else Words((word,), ())


def _fault(
    translated: Callable[[Any], Any], rule: ColumnRule, knowledge: KnowledgeBase
) -> Callable[[Any], tuple[str | None, str | None, bool]]:
    """(fault id, words of a fault that the base does not know, nothing of the base)."""
    ids = {fault.id for fault in knowledge.faults}
    names = {values.plain(text).casefold(): fault.id
             for fault in knowledge.faults for text in (fault.name.zh, fault.name.en)}  # fmt: skip
    unknown = sorted({str(v) for v in rule.values.values()} - ids - {NONE_OF_THESE})
    if unknown:
        listed = ", ".join(unknown[:10])
        raise OrdersError(
            Text(f"映射“fault”的值表用了知识库没有的故障：{listed}。",
                 f'The value table of "fault" names faults that the base does not have: {listed}.')
        )  # fmt: skip

    def read(raw: Any) -> tuple[str | None, str | None, bool]:
        said = _words("fault", translated(raw))
        if said is None:
            return None, None, False
        if said == NONE_OF_THESE:
            return None, None, True
        fault = said if said in ids else names.get(said.casefold())
        return (fault, None, False) if fault else (None, said, False)

    return read
