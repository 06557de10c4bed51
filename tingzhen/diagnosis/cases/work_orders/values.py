"""One value of a work order from what stands in its column. A value that does not fit raises
BadValue with the reason."""

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.cases.work_orders.mapping import Unit
from tingzhen.language import Text


class BadValue(Exception):
    """Caught where an order is made of its fields; never leaves this room."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


TO_STANDARD: Final[dict[Unit, tuple[float, float]]] = {
    "km": (1.0, 0.0), "wan_km": (10_000.0, 0.0), "mi": (1.609344, 0.0),
    "min": (1.0, 0.0), "h": (60.0, 0.0),
    "cny": (1.0, 0.0), "fen": (0.01, 0.0), "wan_cny": (10_000.0, 0.0),
    "c": (1.0, 0.0), "f": (5.0 / 9.0, -160.0 / 9.0),
}  # fmt: skip
"""Factor and summand that turn a number in the unit into km, minutes, CNY or degrees Celsius."""

_NUMBER: Final = re.compile(
    r"[¥$]?\s*([+-]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(万)?\s*"
    r"(?:km/h|km|公里|千米|元|rmb|cny|分钟|min|小时|h|°c|℃|c|%|年|年款|款)?",
    re.IGNORECASE,
)
_BEYOND_ALL: Final = 1e300
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_FORMATS: Final = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d",
    "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M",
    "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S",
)  # fmt: skip
_TRUE: Final = frozenset({"1", "true", "yes", "y", "是", "t", "√", "1.0"})
_FALSE: Final = frozenset({"0", "false", "no", "n", "否", "f", "×", "0.0"})
_CODE: Final = re.compile(r"([PBCU][0-3][0-9A-F]{3})(?:[- ]?[0-9A-F]{2})?")


def plain(value: Any) -> str:
    """Text without odd widths, control characters and outer blanks."""
    text = value if isinstance(value, str) else str(value)
    return printable(text if text.isascii() else unicodedata.normalize("NFKC", text))


def printable(value: Any) -> str:
    """Text as it was written, without control characters and outer blanks."""
    text = value if isinstance(value, str) else str(value)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return text.strip()


def number(value: Any, *, low: float, high: float, unit: Unit | None) -> float:
    """A number in standard units between low and high. "4.8万", "1,234.50" and "￥88" are read."""
    if isinstance(value, bool):
        raise BadValue(f"“{value}”不是数字", f'"{value}" is not a number')
    if isinstance(value, int | float):
        found = float(value) if abs(value) < _BEYOND_ALL else math.inf
    else:
        match = _NUMBER.fullmatch(plain(value))
        if match is None:
            raise BadValue(f"“{_short(value)}”不是数字", f'"{_short(value)}" is not a number')
        found = float(match.group(1).replace(",", "")) * (10_000.0 if match.group(2) else 1.0)
    factor, summand = TO_STANDARD[unit] if unit else (1.0, 0.0)
    found = found * factor + summand
    if not math.isfinite(found) or not low <= found <= high:
        raise BadValue(
            f"{_short(value)} 超出范围 {low:g} 至 {high:g}",
            f"{_short(value)} is outside {low:g} to {high:g}",
        )
    return found


def day(value: Any, formats: Sequence[str]) -> date:
    """A date from 1980 to 2100. Formats: of strptime, or "excel" for days since 1900."""
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    else:
        found = _day(plain(value), tuple(formats))
    if not 1980 <= found.year <= 2100:
        raise BadValue(
            f"日期 {found} 超出范围 1980 至 2100 年", f"the date {found} is outside 1980 to 2100"
        )
    return found


@lru_cache(maxsize=8192)
def _day(text: str, formats: tuple[str, ...]) -> date:
    for wanted in formats or _FORMATS:
        try:
            if wanted == "excel":
                return _EXCEL_EPOCH + timedelta(days=int(float(text)))
            return datetime.strptime(text, wanted).date()
        except (ValueError, OverflowError):
            continue
    raise BadValue(f"“{_short(text)}”不是可识别的日期", f'"{_short(text)}" is not a date')


def truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = plain(value).casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadValue(f"“{_short(value)}”不是“是”或“否”", f'"{_short(value)}" is neither yes nor no')


def one_of(value: Any, known: Sequence[str]) -> str:
    word = plain(value).casefold()
    if word in known:
        return word
    listed = ", ".join(known)
    raise BadValue(
        f"“{_short(value)}”不在可用值之内：{listed}", f'"{_short(value)}" is none of: {listed}'
    )


def code(value: Any) -> str:
    """A trouble code (SAE J2012); the failure type byte of ISO 14229 behind it is left out."""
    match = _CODE.fullmatch(plain(value).upper())
    if match is None:
        raise BadValue(f"“{_short(value)}”不是故障码", f'"{_short(value)}" is not a trouble code')
    return match.group(1)


def probabilities(value: Any, known: Sequence[str]) -> dict[str, float]:
    """Probability by type, from an object or its JSON text; zeros are left out."""
    given = _json(value)
    if not isinstance(given, dict):
        raise BadValue("不是“类型: 概率”的对象", "is not an object of type and probability")
    chances = given.values()
    if given.keys() <= set(known) and set(map(type, chances)) == {float}:
        # The usual case at once. A NaN is in the sum, whatever min and max make of it.
        total = sum(chances)
        if min(chances) >= 0.0 and max(chances) <= 1.0 and total == total:  # noqa: PLR0124
            return {name: chance for name, chance in given.items() if chance > 0.0}
    result = {}
    for name, chance in given.items():
        if chance is None:
            continue
        if name not in known:
            raise BadValue(f"不认识的类型“{_short(name)}”", f'unknown type "{_short(name)}"')
        probability = number(chance, low=0.0, high=1.0, unit=None)
        if probability > 0.0:
            result[name] = probability
    return result


def vector(value: Any) -> NDArray[np.float32] | None:
    """float32 (D,) from a list of numbers or its JSON text; None for an empty one."""
    given = _json(value)
    try:
        with np.errstate(over="ignore"):
            found = np.asarray(given, dtype=np.float32)
    except (TypeError, ValueError, OverflowError):
        found = np.empty((0, 0), dtype=np.float32)
    if found.ndim != 1 or not np.isfinite(found).all():
        raise BadValue("不是数字列表", "is not a list of numbers")
    return found if len(found) else None


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise BadValue("不是有效的 JSON", "is not valid JSON") from error


def _short(value: Any) -> str:
    text = plain(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
