"""Sending a clip: in one request, or in parts that survive a lost line (tus 1.0.0)."""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tingzhen.client.clip import Clip
from tingzhen.client.connection import Connection, parsed
from tingzhen.client.problems import answer_invalid
from tingzhen.errors import (
    ChecksumMismatch,
    FilesUnavailable,
    RecordsUnavailable,
    ServiceUnreachable,
    TooManyRequests,
    UploadLocked,
    UploadOffsetWrong,
)

PART_BYTES: Final = 4 * 1024 * 1024
_TUS: Final = {"tus-resumable": "1.0.0"}
_PART: Final = _TUS | {"content-type": "application/offset+octet-stream"}
_FIRST_WAIT_S: Final = 0.2
_LONGEST_WAIT_S: Final = 10.0
_TRIES: Final = 3
_PASSING: Final = (
    ServiceUnreachable, UploadLocked, UploadOffsetWrong, ChecksumMismatch, RecordsUnavailable,
    FilesUnavailable, TooManyRequests,
)  # fmt: skip
"""After these it is asked where the upload stands, and gone on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is said of a clip. context: the circumstances, as docs/report.md has them. workshop: key
    of the one that may see it. label: its name, that of the file without."""

    context: Mapping[str, Any] | None = None
    workshop: str | None = None
    label: str | None = None

    def fields(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.context is not None:
            found["context"] = json.dumps(self.context, ensure_ascii=False)
        if self.workshop is not None:
            found["workshop"] = self.workshop
        return found


def send_whole(
    connection: Connection, path: Path, described: Described, *, key: str | None
) -> Clip:
    """In one request. An answer that got lost is asked for again, with the same key: the clip is
    there once. Raises OSError, and as `Connection.send`."""
    headers = {"idempotency-key": key or uuid.uuid4().hex}
    tries = _TRIES
    while True:
        tries -= 1
        with path.open("rb") as file:
            body = {
                "files": {"file": (described.label or path.name, file)},
                "data": described.fields(),
            }
            try:
                response = connection.send("POST /v1/clips", headers=headers, body=body)
            except ServiceUnreachable:
                if tries == 0:
                    raise
            else:
                return parsed(Clip, response)
        time.sleep(_FIRST_WAIT_S)


def begin(connection: Connection, path: Path, described: Described) -> str:
    """The id of a new upload, which will be that of the clip. Raises as `Connection.send`."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    said = {"filename": described.label or path.name, "sha256": digest} | described.fields()
    metadata = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in said.items())
    headers = _TUS | {"upload-length": str(path.stat().st_size), "upload-metadata": metadata}
    response = connection.send("POST /v1/uploads", headers=headers)
    return str(response.headers["location"]).rstrip("/").rpartition("/")[2]


def send_parts(
    connection: Connection,
    upload_id: str,
    path: Path,
    *,
    part_bytes: int,
    patience_s: float,
    on_progress: Callable[[int, int], None],
) -> None:
    """Send what the service does not have yet, to the last byte.

    patience_s: how long a service that does not answer is tried again, each time anew. on_progress:
    told bytes that are safe, and all. Raises OSError, and as `Connection.send`.
    """
    size, offset = path.stat().st_size, -1
    lost_at, wait_s = None, _FIRST_WAIT_S
    with path.open("rb") as file:
        while offset < size:
            try:
                if offset < 0:
                    offset = _offset(connection, upload_id)
                else:
                    offset = _send_part(
                        connection, upload_id, offset, _read(file, offset, part_bytes)
                    )
            except _PASSING:
                offset = -1  # ask where it stands: what arrived before the line broke is kept
                now = time.monotonic()
                lost_at = now if lost_at is None else lost_at
                if now - lost_at >= patience_s:
                    raise
                time.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            else:
                lost_at, wait_s = None, _FIRST_WAIT_S
                on_progress(offset, size)


def _offset(connection: Connection, upload_id: str) -> int:
    return _offset_in(
        connection.send("HEAD /v1/uploads/{upload_id}", headers=_TUS, upload_id=upload_id).headers
    )


def _send_part(connection: Connection, upload_id: str, offset: int, part: bytes) -> int:
    checksum = base64.b64encode(hashlib.sha256(part).digest()).decode()
    headers = _PART | {"upload-offset": str(offset), "upload-checksum": f"sha256 {checksum}"}
    response = connection.send(
        "PATCH /v1/uploads/{upload_id}", headers=headers, body={"content": part},
        upload_id=upload_id,
    )  # fmt: skip
    return _offset_in(response.headers)


def _read(file: Any, offset: int, part_bytes: int) -> bytes:
    file.seek(offset)
    part: bytes = file.read(part_bytes)
    return part


def _offset_in(headers: Mapping[str, str]) -> int:
    try:
        return int(headers["upload-offset"])
    except (KeyError, ValueError) as error:
        raise answer_invalid("Upload-Offset") from error
