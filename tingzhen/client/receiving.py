"""An answer that is too large for memory, written to a file as it comes."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tingzhen.client.connection import Connection


def receive_file(
    connection: Connection,
    endpoint: str,
    path: Path,
    *,
    params: Mapping[str, Any] | None = None,
    **parts: str | int,
) -> None:
    """Write the body of an answer to path. A file of that name is replaced once everything is
    there; nothing is left of an answer that broke off. Raises OSError, and as `Connection.send`."""
    unfinished = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex}.part")
    try:
        # Asked first: what is refused makes no file.
        with (
            connection.stream(endpoint, headers={}, params=params, **parts) as response,
            unfinished.open("xb") as file,
        ):
            for piece in response.iter_bytes():
                file.write(piece)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
