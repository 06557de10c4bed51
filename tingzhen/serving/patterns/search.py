"""Patterns as the service searches them: one search at a time, in a process beside the service, its
result kept as long as the cases stay what they are."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, Literal, TypeVar

import anyio
import anyio.to_process
import anyio.to_thread

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.cases import CaseStore
from tingzhen.diagnosis.patterns import Exposure, Pattern
from tingzhen.diagnosis.patterns.as_json import pattern_id
from tingzhen.errors import CasesUnavailable, PatternUnknown, UploadInvalid
from tingzhen.language import Language, Text
from tingzhen.serving.access.caller import Access
from tingzhen.serving.cases.in_use import open_store
from tingzhen.serving.patterns import process as patterns_process
from tingzhen.serving.patterns.process import Asked, Found

_KEPT: Final = 8
_T = TypeVar("_T")


class PatternSearches:
    """Searches over the database of cases, for one event loop. Who waits for a search takes no
    thread and no processor from others."""

    def __init__(self, url: str, knowledge: KnowledgeBase, exposure: Exposure | None) -> None:
        self._url = url
        self.names = {fault.id: fault.name for fault in knowledge.faults}
        self._exposure = exposure
        self._store: CaseStore | None = None
        self._version = -1
        self._results: dict[Asked, Found] = {}
        self._one_at_a_time = anyio.Lock()
        self._limiter: anyio.CapacityLimiter | None = None

    async def find(self, asked: Asked) -> Found:
        """Raises CasesUnavailable, and UploadInvalid for a fault that the base does not have."""
        unknown = ", ".join(fault for fault in asked.faults if fault not in self.names)
        if unknown:
            raise UploadInvalid(Text(f"知识库中没有故障 {unknown}。",
                                     f"The base has no fault {unknown}."))  # fmt: skip
        asked = _alike(asked)
        version = await anyio.to_thread.run_sync(self._current_version)
        if version == self._version and asked in self._results:
            return self._results[asked]
        async with self._one_at_a_time:
            version = await anyio.to_thread.run_sync(self._current_version)
            if version != self._version:
                self._version = version
                self._results.clear()
            if asked not in self._results:
                found = await self._beside(
                    patterns_process.search, self._url, version, asked, self._exposure
                )
                while len(self._results) >= _KEPT:
                    del self._results[next(iter(self._results))]
                self._results[asked] = found
            return self._results[asked]

    async def pattern(self, asked: Asked, wanted: str) -> tuple[Found, Pattern]:
        """Raises PatternUnknown, and what `find` raises."""
        found = await self.find(asked)
        parts = found.patterns
        for pattern in (*parts.confirmed, *parts.explained, *parts.not_confirmed):
            if pattern_id(pattern.fault, pattern.condition) == wanted:
                return found, pattern
        raise PatternUnknown(
            Text(
                "没有这个规律，或案例更新后它已不再出现。请重新打开规律列表。",
                "There is no such pattern, or it is gone since cases came in. Look at the list "
                "of patterns anew.",
            )
        )

    async def shares(
        self, asked: Asked, pattern: Pattern, language: Language
    ) -> list[dict[str, Any]]:
        """What a picture of the pattern shows. Raises CasesUnavailable."""
        return await self._beside(
            patterns_process.shares, self._url, self._version, _alike(asked), pattern, language
        )

    async def vehicles(
        self, asked: Asked, pattern: Pattern, access: Access, output: Literal["json", "csv"]
    ) -> str:
        """The vehicles concerned, as far as the caller may see them. Raises CasesUnavailable."""
        return await self._beside(
            patterns_process.vehicles, self._url, self._version, _alike(asked), pattern, access,
            output,
        )  # fmt: skip

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    async def _beside(self, work: Callable[..., _T], *given: object) -> _T:
        """In the process beside: it begins with the first search, is begun anew where it was idle
        for five minutes, and ends with the service."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(1)
        try:
            return await anyio.to_process.run_sync(
                partial(work, *given), cancellable=True, limiter=self._limiter
            )
        except anyio.BrokenWorkerProcess as error:
            raise CasesUnavailable(
                Text(
                    "查找规律的进程意外结束，可能是内存不足。请稍后再试。",
                    "The process that searches for patterns ended, for want of memory perhaps. "
                    "Try again later.",
                )
            ) from error

    def _current_version(self) -> int:
        if self._store is None:
            self._store = open_store(self._url)
        return self._store.version()


def _alike(asked: Asked) -> Asked:
    """The same for the same faults in any order."""
    return Asked(
        faults=tuple(sorted(set(asked.faults))), since=asked.since, simulated=asked.simulated
    )
