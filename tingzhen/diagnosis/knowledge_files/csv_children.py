"""Rows that belong to an entry of another sheet: links, repairs, outcomes, words, sources."""

from collections.abc import Iterable, Iterator
from typing import Final

from tingzhen.diagnosis.knowledge_files.csv_cells import CellInvalid, number_of
from tingzhen.diagnosis.knowledge_files.csv_draft import Draft, DraftPath, put_row
from tingzhen.diagnosis.knowledge_files.csv_read import Row
from tingzhen.diagnosis.knowledge_files.finding import Finding

_SCALED: Final = {"noise": "noises", "damage": "damages", "when": "when"}
_LISTED: Final = {"range": ("ranges", "measure"), "code": ("codes", "match")}


def put_link(draft: Draft, at: DraftPath, row: Row) -> Iterator[Finding]:
    kind, what = row.values["kind"], row.values["what"]
    if kind in _LISTED:
        key, name = _LISTED[kind]
        new = draft.append((*at, key), {name: what}, row.place("what"))
        for bound in ("low", "high") if kind == "range" else ():
            if bound in row.values:
                draft.put((*new, bound), row.values[bound], row.place(bound))
        draft.put((*new, "factor"), row.values["value"], row.place("value"))
        yield from unused_cells(
            row, ("outcome",) if kind == "range" else ("outcome", "low", "high")
        )
    elif kind in _SCALED:
        yield from unused_cells(row, ("outcome", "low", "high"))
        yield from _put_once(draft, (*at, _SCALED[kind], what), row)
    elif kind == "test" and "outcome" in row.values:
        yield from unused_cells(row, ("low", "high"))
        yield from _put_once(draft, (*at, "tests", what, row.values["outcome"]), row)
    elif kind == "test":
        yield row.finding("cell_invalid", "outcome", "检查的结果不能为空",
                          "a link of kind test needs an outcome")  # fmt: skip
    else:
        yield row.finding("cell_invalid", "kind", "须为 noise、damage、when、range、code 或 test",
                          "must be noise, damage, when, range, code or test")  # fmt: skip


def _put_once(draft: Draft, path: DraftPath, row: Row) -> Iterator[Finding]:
    first = draft.first(path)
    if first is not None:
        yield row.finding("id_twice", "what", f"“{row.values['what']}”已见于 {first}",
                          f'"{row.values["what"]}" stands already at {first}')  # fmt: skip
        return
    draft.put(path, row.values["value"], row.place("value"))


def put_repair(draft: Draft, at: DraftPath, row: Row) -> Iterator[Finding]:
    if draft.first((*at, "repair")) is not None:
        yield row.finding("id_twice", "fault", "此故障已有一行", "this fault has a row already")
        return
    yield from put_row(draft, (*at, "repair"), row)


def put_outcome(draft: Draft, at: DraftPath, row: Row) -> Iterator[Finding]:
    yield from put_row(draft, draft.append((*at, "outcomes"), {}, row.place()), row)


def put_source(draft: Draft, at: DraftPath, row: Row) -> Iterator[Finding]:
    path = (*at, "sources", row.values["field"])
    if draft.first(path) is not None:
        yield row.finding("id_twice", "field", "此字段已有一行", "this field has a row already")
        return
    draft.put(path, row.values["source"], row.place("source"))


def put_words(draft: Draft, at: DraftPath, row: Row) -> Iterator[Finding]:
    """The words of a fault."""
    if draft.first((*at, "words")) is not None:
        yield row.finding("id_twice", "id", "此故障已有一行", "this fault has a row already")
        return
    draft.put((*at, "words"), {}, row.place())
    for key in ("zh", "en", "factor"):
        if key in row.values:
            draft.put((*at, "words", key), row.values[key], row.place(key))
    yield from unused_cells(row, ("noises", "when", "reason_zh", "reason_en", "source"))


def put_noises(draft: Draft, at: DraftPath, row: Row) -> Iterator[Finding]:
    """The cell "whine: 4 | rumble: 4"."""
    for part in row.values.get("noises", ()):
        noise, _, factor = part.partition(":")
        try:
            value = number_of(factor)
        except CellInvalid:
            yield row.finding("cell_invalid", "noises", f"“{part[:40]}”须如 whine: 4",
                              f'"{part[:40]}" must be like whine: 4')  # fmt: skip
        else:
            draft.put((*at, "noises", noise.strip()), value, row.place("noises"))


def put_setting(draft: Draft, row: Row) -> Iterator[Finding]:
    """One number of a setting: the whole of it, or that of one key."""
    entry: DraftPath = ("settings", row.values["setting"])
    path = (*entry, "value", *((row.values["key"],) if "key" in row.values else ()))
    whole = draft.data.get("settings", {}).get(entry[1], {}).get("value", {})
    if draft.first(path) is not None or not isinstance(whole, dict):
        yield row.finding("id_twice", "setting", "此设置已有一行", "this setting has a row already")
        return
    source = draft.data.get("settings", {}).get(entry[1], {}).get("source", row.values["source"])
    if source != row.values["source"]:
        yield row.finding("cell_invalid", "source", "同一设置的各行来源须相同",
                          "all rows of a setting have the same source")  # fmt: skip
    draft.put(path, row.values["value"], row.place("value"))
    draft.put((*entry, "source"), row.values["source"], row.place("source"))


def unused_cells(row: Row, keys: Iterable[str]) -> Iterator[Finding]:
    """Cells that say something which this kind of row has no use for."""
    for key in keys:
        if row.values.get(key):
            yield row.finding("cell_invalid", key, "这类行不用此格，请清空",
                              "a row of this kind has no use for this cell: empty it")  # fmt: skip
