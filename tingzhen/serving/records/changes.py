"""Whether anything was written to the records: asked so often that asking must cost nothing."""

import sqlite3
from contextlib import suppress
from typing import Final

from sqlalchemy import Engine

_NO_FILE: Final = (None, "", ":memory:")


class Changes:
    """For one thread. On SQLite it is told in microseconds, without waiting for anybody (PRAGMA
    data_version, https://www.sqlite.org/pragma.html#pragma_data_version)."""

    def __init__(self, records: Engine, matters: str | None = None) -> None:
        """matters: a query for SQLite whose one value says whether a change matters; without it
        all do."""
        url = records.url
        self._file = (
            str(url.database)
            if url.get_backend_name() == "sqlite" and url.database not in _NO_FILE
            else None
        )
        self._matters = matters
        self._connection: sqlite3.Connection | None = None
        self._before: tuple[int] | None = None

    @property
    def cheap(self) -> bool:
        """Whether it is known at all; where it is not, there may always be changes."""
        return self._file is not None

    def any(self) -> bool:
        """Whether there may be changes that matter since the last call, of whichever process."""
        if self._file is None:
            return True
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._file, timeout=0, isolation_level=None)
            now = self._connection.execute("PRAGMA data_version").fetchone()
            before, self._before = self._before, now
            if now == before or self._matters is None:
                return bool(now != before)
            return bool(self._connection.execute(self._matters).fetchone()[0])
        except sqlite3.Error:  # whoever looks at the records finds out what is wrong with them
            self.close()
            return True

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
