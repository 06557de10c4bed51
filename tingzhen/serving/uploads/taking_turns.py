"""One request at a time writes a resumable upload, and the newest is right.

A phone that lost its line comes back with a new request while the old one still waits for bytes
that will never come. The old one is asked to end, so that the new one needs not wait for it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import anyio

from tingzhen.errors import UploadLocked
from tingzhen.language import Text

_PATIENCE_S: Final = 10.0


@dataclass(slots=True, eq=False)
class Turn:
    """reading: to be entered while bytes are awaited; cancelled when somebody newer comes."""

    reading: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    over: anyio.Event = field(default_factory=anyio.Event)


class TakingTurns:
    """Of the requests in one process; across processes the file's lock decides."""

    def __init__(self) -> None:
        self._turns: dict[str, Turn] = {}

    @asynccontextmanager
    async def turn(self, upload_id: str) -> AsyncIterator[Turn]:
        """Raises UploadLocked where the earlier request does not come to an end."""
        with anyio.move_on_after(_PATIENCE_S):
            while (earlier := self._turns.get(upload_id)) is not None:
                earlier.reading.cancel()
                await earlier.over.wait()
        if upload_id in self._turns:
            raise UploadLocked(
                Text("这次上传正由另一个请求写入。请稍后再试。",
                     "Another request is writing this upload. Try again.")
            )  # fmt: skip
        mine = self._turns[upload_id] = Turn()
        try:
            yield mine
        finally:
            del self._turns[upload_id]
            mine.over.set()
