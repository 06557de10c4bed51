"""What a process beside the service does for patterns: a search takes a processor for seconds to
minutes and would hold up every other request.

Plain functions with arguments that can be sent. The process keeps the cases that it has read.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from tingzhen.diagnosis.cases import CaseStore
from tingzhen.diagnosis.patterns import (
    Exposure,
    Pattern,
    Patterns,
    closed_cases,
    find_patterns,
    shares_along,
    vehicles_concerned,
)
from tingzhen.diagnosis.patterns.as_json import shares_as_dict
from tingzhen.language import Language
from tingzhen.serving.access.caller import Access
from tingzhen.serving.cases.in_use import open_store
from tingzhen.serving.fleet.csv_tables import csv_text
from tingzhen.serving.fleet.vehicles_view import vehicles_as_dict, vehicles_for, vehicles_table
from tingzhen.serving.patterns.files import StoredCases, read_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """faults: only these; empty: all. since: cases opened from this day on. simulated: generated
    cases alone, or real ones alone; None: real ones if there are any."""

    faults: tuple[str, ...] = ()
    since: date | None = None
    simulated: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, in cases of one kind; left_out: how many there are of the other."""

    patterns: Patterns
    simulated: bool
    left_out: int


def search(url: str, version: int, asked: Asked, exposure: Exposure | None) -> Found:
    """version: of the cases, as their store tells it. Raises CasesUnavailable."""
    stored = _cases(url, version, asked.simulated)
    patterns = find_patterns(
        stored.columns, codes=stored.codes, faults=asked.faults or None, since=asked.since,
        # Generated cases have no vehicles in service.
        exposure=None if stored.simulated else exposure,
    )  # fmt: skip
    return Found(patterns, stored.simulated, stored.left_out)


def shares(
    url: str, version: int, asked: Asked, pattern: Pattern, language: Language
) -> list[dict[str, Any]]:
    """What a picture of the pattern shows, as JSON types. Raises CasesUnavailable."""
    stored = _cases(url, version, asked.simulated)
    closed = closed_cases(stored.columns, stored.codes, asked.since)
    return shares_as_dict(shares_along(closed, pattern, language))


def vehicles(  # noqa: PLR0917 - all of it is sent
    url: str,
    version: int,
    asked: Asked,
    pattern: Pattern,
    access: Access,
    output: Literal["json", "csv"],
) -> str:
    """The vehicles concerned, as far as the caller may see them. Raises CasesUnavailable."""
    stored = _cases(url, version, asked.simulated)
    concerned = vehicles_concerned(
        stored.columns, pattern.fault, pattern.condition, codes=stored.codes, since=asked.since
    )
    shown = vehicles_for(access, concerned, stored.columns)
    if output == "csv":
        return csv_text(vehicles_table(shown, simulated=stored.simulated))
    found = vehicles_as_dict(shown, simulated=stored.simulated)
    return json.dumps(found, ensure_ascii=False)


_stores: dict[str, CaseStore] = {}
_read: dict[tuple[str, int, bool | None], StoredCases] = {}


def _cases(url: str, version: int, simulated: bool | None) -> StoredCases:
    if url not in _stores:
        _stores[url] = open_store(url)
    key = (url, version, simulated)
    if key not in _read:
        _read.clear()  # those of one version are all that a process holds
        _read[key] = read_cases(_stores[url], simulated=simulated)
    return _read[key]
