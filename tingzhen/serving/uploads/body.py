"""A request's body on its way to the disk: a mebibyte at a time, written in worker threads."""

from collections.abc import AsyncIterator, Callable
from typing import Final

import anyio
import anyio.to_thread

from tingzhen.serving.uploads.incoming import BLOCK_BYTES

WRITERS: Final = 8
"""Threads that write uploads at once in one process; further blocks wait, and with them their
senders."""


class Pouring:
    """Gathers small pieces into blocks, so that the disk is asked once for many of them."""

    def __init__(
        self, write: Callable[[bytes | bytearray], None], threads: anyio.CapacityLimiter
    ) -> None:
        """write: blocking; one call at a time."""
        self._write = write
        self._threads = threads
        self._block = bytearray()

    async def pour(self, piece: bytes) -> None:
        """Raises what writing raises."""
        self._block += piece
        if len(self._block) >= BLOCK_BYTES:
            await self.flush()

    async def pour_all(self, pieces: AsyncIterator[bytes]) -> None:
        """Raises what writing and reading raise."""
        async for piece in pieces:
            await self.pour(piece)
        await self.flush()

    async def flush(self) -> None:
        """Write what has been gathered; a block that could not be written is not tried again."""
        block, self._block = self._block, bytearray()
        if block:
            await anyio.to_thread.run_sync(self._write, block, limiter=self._threads)
