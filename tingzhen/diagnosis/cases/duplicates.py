"""The same order twice, and orders that say nearly the same: found, so that they count once."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

DAYS_APART: Final = 7
"""Orders of one vehicle so many days apart can be the same visit."""
DAYS_APART_WITHOUT_MILEAGE: Final = 1
KM_APART: Final = 50.0
"""A vehicle that has driven further since has come back: that is another visit."""
LEAST_LIKENESS: Final = 0.6
"""Jaccard index of the complaints' character pairs."""

_NOT_A_WORD: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Visit:
    """What of a case tells whether another one is the same visit."""

    id: str
    opened_on: date
    mileage_km: float | None
    fault: str | None
    repair: str | None
    complaint: str | None


def fingerprint(content: Sequence[object]) -> str:
    """SHA-256 (hexadecimal) of values that are texts, numbers, dates, bytes or None."""
    return hashlib.sha256(repr(content).encode("utf-8", "surrogatepass")).hexdigest()


def order_key(number: str | None, workshop: str | None, case_id: str) -> str:
    """SHA-256 (hexadecimal) of workshop and order number; of the id where there is no number."""
    named = ("id", case_id) if number is None else (workshop or "", number)
    return hashlib.sha256("\x1f".join(named).encode()).hexdigest()


def same_visit(one: Visit, other: Visit) -> bool:
    """Whether two orders of one vehicle tell of one visit: within days, at the same mileage, with
    the same repair and similar words. A come-back (same complaint, more kilometres) is none."""
    apart = abs((one.opened_on - other.opened_on).days)
    if one.mileage_km is None or other.mileage_km is None:
        near = apart <= DAYS_APART_WITHOUT_MILEAGE
    else:
        near = apart <= DAYS_APART and abs(one.mileage_km - other.mileage_km) <= KM_APART
    return (
        near
        and _same_repair(one, other)
        and likeness(one.complaint, other.complaint) >= (LEAST_LIKENESS)
    )


def likeness(one: str | None, other: str | None) -> float:
    """Jaccard index, 0..1, of the character pairs of two texts; 1 when both say nothing."""
    a, b = _pairs(one), _pairs(other)
    if not a and not b:
        return 1.0
    return len(a & b) / len(a | b)


def _same_repair(one: Visit, other: Visit) -> bool:
    if one.repair is not None and other.repair is not None:
        return one.repair == other.repair
    if one.fault is not None and other.fault is not None:
        return one.fault == other.fault
    return one.repair == other.repair and one.fault == other.fault


def _pairs(text: str | None) -> frozenset[str]:
    plain = _NOT_A_WORD.sub("", (text or "").casefold())
    return (
        frozenset(plain[i : i + 2] for i in range(max(1, len(plain) - 1)))
        if plain
        else (frozenset())
    )
