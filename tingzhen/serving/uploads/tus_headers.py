"""Headers of tus 1.0.0 (https://tus.io/protocols/resumable-upload): read, checked, and written."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from tingzhen.errors import MediaTypeUnsupported, TusVersionUnsupported, UploadInvalid
from tingzhen.language import Text
from tingzhen.serving.uploads.digests import TUS_ALGORITHMS

VERSION: Final = "1.0.0"
EXTENSIONS: Final = ("creation", "creation-with-upload", "expiration", "checksum", "termination")
PART_TYPE: Final = "application/offset+octet-stream"
MOST_METADATA_CHARACTERS: Final = 32 * 1024
_BYTES: Final = re.compile(r"[0-9]{1,18}")
_KEY: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,64}")
"""Without spaces and commas, ASCII."""


def require_version(given: str | None) -> None:
    """Tus-Resumable of the request. Raises TusVersionUnsupported."""
    if given != VERSION:
        raise TusVersionUnsupported(
            Text(f"请在 Tus-Resumable 中写明 {VERSION}。",
                 f"Send Tus-Resumable: {VERSION}; no other version is spoken here.")
        )  # fmt: skip


def require_part_type(given: str | None) -> None:
    """Content-Type of a part. Raises MediaTypeUnsupported."""
    if (given or "").split(";")[0].strip().lower() != PART_TYPE:
        raise MediaTypeUnsupported(
            Text(f"分段内容的 Content-Type 应为 {PART_TYPE}。",
                 f"The Content-Type of a part is {PART_TYPE}.")
        )  # fmt: skip


def byte_count(name: str, given: str | None) -> int:
    """A number of bytes in a header, decimal digits alone. Raises UploadInvalid."""
    if given is None or not _BYTES.fullmatch(given):
        raise UploadInvalid(
            Text(f"请求头 {name} 应为字节数。", f"The header {name} is a number of bytes.")
        )
    return int(given)


def parse_metadata(given: str | None, allowed: frozenset[str]) -> dict[str, str]:
    """Upload-Metadata: pairs of a key and base64 of UTF-8, separated by commas; a key alone has the
    empty value. Raises UploadInvalid that names what does not fit."""
    if given is None or not given.strip():
        return {}
    if len(given) > MOST_METADATA_CHARACTERS:
        raise _misfit("too long")
    found: dict[str, str] = {}
    for pair in given.split(","):
        key, _, value = pair.strip().partition(" ")
        if not _KEY.fullmatch(key):
            raise _misfit(ascii(key[:64]))
        if key not in allowed or key in found:
            raise _misfit(key)
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode("utf-8")
        except (binascii.Error, ValueError) as error:
            raise _misfit(key) from error
    return found


def metadata_header(details: Mapping[str, str]) -> str:
    """The same, to be sent back."""
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in details.items()
    )


def expires_header(at: datetime) -> str:
    """Upload-Expires: RFC 9110 date."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def abilities(most_bytes: int) -> dict[str, str]:
    """What OPTIONS tells."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Max-Size": str(most_bytes),
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Checksum-Algorithm": ",".join(TUS_ALGORITHMS),
    }


def _misfit(what: str) -> UploadInvalid:
    return UploadInvalid(
        Text(f"Upload-Metadata 有误：{what}。每项为键、空格和 UTF-8 的 base64。",
             f"Upload-Metadata does not fit: {what}. Each item is a key, a space and base64 of "
             "UTF-8.")
    )  # fmt: skip
