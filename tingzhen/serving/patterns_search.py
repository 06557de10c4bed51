"""Patterns as the service searches them: one search at a time, its result kept as long as the cases
stay what they are."""

from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Final

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.cases import CaseStore
from tingzhen.diagnosis.patterns import (
    ClosedCases,
    Exposure,
    Pattern,
    Patterns,
    closed_cases,
    find_patterns,
)
from tingzhen.diagnosis.patterns.as_json import pattern_id
from tingzhen.errors import PatternUnknown, UploadInvalid
from tingzhen.language import Text
from tingzhen.serving.cases_in_use import open_store
from tingzhen.serving.patterns_files import StoredCases, read_cases

_KEPT: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """faults: only these; empty: all. since: cases opened from this day on. simulated: generated
    cases alone, or real ones alone; None: real ones if there are any."""

    faults: tuple[str, ...] = ()
    since: date | None = None
    simulated: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The cases that were searched, and what was found in them."""

    stored: StoredCases
    patterns: Patterns
    since: date | None

    def pattern(self, wanted: str) -> Pattern:
        """Raises PatternUnknown."""
        found = self.patterns
        for pattern in (*found.confirmed, *found.explained, *found.not_confirmed):
            if pattern_id(pattern.fault, pattern.condition) == wanted:
                return pattern
        raise PatternUnknown(
            Text(
                "没有这个规律，或案例更新后它已不再出现。请重新打开规律列表。",
                "There is no such pattern, or it is gone since cases came in. Look at the list "
                "of patterns anew.",
            )
        )

    def closed(self) -> ClosedCases:
        """The closed cases of the period."""
        return closed_cases(self.stored.columns, self.stored.codes, self.since)


class PatternSearches:
    """Searches over the database of cases. Blocking; safe to use from several threads."""

    def __init__(self, url: str, knowledge: KnowledgeBase, exposure: Exposure | None) -> None:
        self._url = url
        self.names = {fault.id: fault.name for fault in knowledge.faults}
        self._exposure = exposure
        self._one_at_a_time = Lock()
        self._store: CaseStore | None = None
        self._version = -1
        self._stored: dict[bool | None, StoredCases] = {}
        self._results: dict[Asked, Found] = {}

    def find(self, asked: Asked) -> Found:
        """Raises CasesUnavailable, and UploadInvalid for a fault that the base does not have."""
        unknown = ", ".join(fault for fault in asked.faults if fault not in self.names)
        if unknown:
            raise UploadInvalid(Text(f"知识库中没有故障 {unknown}。",
                                     f"The base has no fault {unknown}."))  # fmt: skip
        asked = Asked(
            faults=tuple(sorted(set(asked.faults))), since=asked.since, simulated=asked.simulated
        )
        with self._one_at_a_time:
            if self._store is None:
                self._store = open_store(self._url)
            version = self._store.version()
            if version != self._version:
                self._version = version
                self._stored.clear()
                self._results.clear()
            if asked not in self._results:
                while len(self._results) >= _KEPT:
                    del self._results[next(iter(self._results))]
                self._results[asked] = self._search(self._store, asked)
            return self._results[asked]

    def _search(self, store: CaseStore, asked: Asked) -> Found:
        if asked.simulated not in self._stored:
            self._stored[asked.simulated] = read_cases(store, simulated=asked.simulated)
        stored = self._stored[asked.simulated]
        patterns = find_patterns(
            stored.columns, codes=stored.codes, faults=asked.faults or None, since=asked.since,
            # Generated cases have no vehicles in service.
            exposure=None if stored.simulated else self._exposure,
        )  # fmt: skip
        return Found(stored, patterns, asked.since)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
