"""Which columns of a file a field is read from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tingzhen.diagnosis.cases.work_orders import values
from tingzhen.diagnosis.cases.work_orders.mapping import ColumnRule, OrderField
from tingzhen.errors import OrdersError
from tingzhen.language import Text

Reader = Callable[[Mapping[str, Any]], Any]
"""The raw value in the fields of an entry; None where it says nothing."""


@dataclass(frozen=True, slots=True)
class Source:
    """shown: names of the columns for people. only: the one column that `read` looks into; None
    where it looks into several, or into none."""

    shown: str
    read: Reader
    only: str | None = None


def column_reader(
    name: OrderField, rule: ColumnRule, columns: tuple[str, ...] | None
) -> Source | None:
    """How a field is read; None where the file has none of its columns."""
    if rule.value is not None:
        constant = rule.value
        return Source(name, lambda _: constant)
    ignored = frozenset(word.casefold() for word in rule.ignore)
    wanted = rule.join or ((rule.column,) if rule.column is not None else ())
    missing = [c for c in wanted if columns is not None and c not in columns]
    if missing:
        listed, known = ", ".join(missing), ", ".join(columns or ())
        raise OrdersError(
            Text(f"文件中没有映射“{name}”所用的列：{listed}（有：{known}）。",
                 f'The file lacks a column that the mapping uses for "{name}": {listed} '
                 f"(it has: {known}).")
        )  # fmt: skip
    if rule.join:

        def joined(fields: Mapping[str, Any]) -> Any:
            parts = [_present(fields.get(c), ignored) for c in rule.join]
            return "/".join(values.plain(p) for p in parts if p is not None) or None

        return Source("/".join(rule.join), joined)
    options = wanted or tuple(c for c in rule.any_of if columns is None or c in columns)
    if not options:
        return None
    if columns is not None or len(options) == 1:
        column = options[0]
        return Source(column, lambda fields: _present(fields.get(column), ignored), column)

    def first(fields: Mapping[str, Any]) -> Any:
        for column in options:
            value = _present(fields.get(column), ignored)
            if value is not None:
                return value
        return None

    return Source(options[0], first)


def no_date(rule: ColumnRule, columns: tuple[str, ...] | None) -> OrdersError:
    wanted, known = ", ".join(rule.any_of), ", ".join(columns or ())
    return OrdersError(
        Text(f"文件没有日期列。“opened_on”找过：{wanted}；文件有：{known}。请用 --mapping 指明。",
             f'The file has no column for the date. "opened_on" was looked for as: {wanted}; '
             f"the file has: {known}. Say which it is with --mapping.")
    )  # fmt: skip


def _present(value: Any, ignored: frozenset[str]) -> Any:
    """The value, or None where it says nothing."""
    if isinstance(value, str):
        bare = value.strip()
        return None if not bare or bare.casefold() in ignored else value
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - NaN
        return None
    return value
