"""One record of a file of work orders, as it stands there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tingzhen.language import Text


@dataclass(frozen=True, slots=True)
class Entry:
    """number: of the record, from 1. line: on which it begins, from 1 (of Parquet: the row).

    fields: by column; None where the record cannot be read, `problem` then says why.
    start, end: bytes of the file that it takes; of Parquet: the rows before it and with it.
    """

    number: int
    line: int
    start: int
    end: int
    fields: Mapping[str, Any] | None
    problem: Text | None = None


class OrderFile(Protocol):
    """A file of work orders that is open to be read from its beginning, more than once.

    columns: names of the columns where they are known before reading. size: what `end` of the last
    entry will be, at least.
    """

    @property
    def columns(self) -> tuple[str, ...] | None: ...

    @property
    def size(self) -> int: ...

    def entries(self) -> Iterator[Entry]: ...

    def write_rejected(self, spans: list[tuple[int, int]], path: Path) -> None:
        """Write the records at these spans (of start, end) to a new file, as they stand here, so
        that it can be corrected and imported."""
        ...
