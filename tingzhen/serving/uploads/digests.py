"""Digests that a sender gives, so that other bytes than were sent are noticed.

Content-Digest and Repr-Digest: RFC 9530, algorithm sha-256. Upload-Checksum: tus 1.0.0, checksum
extension, algorithms sha1 and sha256.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from tingzhen.errors import ChecksumMismatch, DigestInvalid, DigestMismatch
from tingzhen.language import Text

TUS_ALGORITHMS: Final = ("sha1", "sha256")
_MEMBER: Final = re.compile(
    r"\s*([a-z*][a-z0-9_.*-]*)\s*=\s*:([A-Za-z0-9+/]*={0,2}):\s*(?:;[^,]*)?"
)
"""One member of a dictionary of byte sequences, RFC 8941, 3.2 and 3.3.5; parameters mean nothing
here."""
_LENGTHS: Final = {"sha1": 20, "sha256": 32}


@dataclass(frozen=True, slots=True)
class Checksum:
    """Upload-Checksum of one part. algorithm: of hashlib."""

    algorithm: str
    value: bytes

    def check(self, found: bytes) -> None:
        """Raises ChecksumMismatch."""
        if not hmac.compare_digest(found, self.value):
            raise ChecksumMismatch(
                Text("这一段与校验和不符，已丢弃。请重新发送这一段。",
                     "This part does not match its checksum and was thrown away. Send it again.")
            )  # fmt: skip


def sha256_of_digest(header: str | None) -> str | None:
    """The SHA-256 (hexadecimal) in a Content-Digest or Repr-Digest; None without the header.

    Digests of other algorithms beside it are ignored, as RFC 9530, 2 allows; without it they would
    be a check that nobody makes, so that is refused. Raises DigestInvalid.
    """
    if header is None:
        return None
    found: dict[str, str] = {}
    position = 0
    while position < len(header):
        member = _MEMBER.match(header, position)
        if member is None:
            raise _invalid()
        found[member[1]] = member[2]
        position = member.end()
        if position < len(header):
            if header[position] != "," or not header[position + 1 :].strip():
                raise _invalid()
            position += 1
    if "sha-256" not in found:
        raise _invalid()
    return _decoded(found["sha-256"], 32).hex()


def check_sha256(found: str, *expected: str | None) -> None:
    """found: of what arrived, hexadecimal. None expects nothing. Raises DigestMismatch."""
    for one in expected:
        if one is not None and not hmac.compare_digest(found, one):
            raise DigestMismatch(
                Text("收到的内容与校验值不符，没有保存。请重新上传。",
                     "What arrived does not match its digest, so nothing was kept. Send it again.")
            )  # fmt: skip


def parse_checksum(header: str | None) -> Checksum | None:
    """Upload-Checksum: algorithm, space, base64. Raises DigestInvalid."""
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    if algorithm not in TUS_ALGORITHMS:
        raise _invalid()
    return Checksum(algorithm, _decoded(value.strip(), _LENGTHS[algorithm]))


def new_hash(checksum: Checksum | None) -> "hashlib._Hash | None":
    """What to feed the part to; None where there is no checksum to check."""
    return None if checksum is None else hashlib.new(checksum.algorithm, usedforsecurity=False)


def _decoded(text: str, length: int) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error
    if len(value) != length:
        raise _invalid()
    return value


def _invalid() -> DigestInvalid:
    return DigestInvalid(
        Text("校验值无法识别。请使用 sha-256=:…:（Content-Digest、Repr-Digest）"
             "或 sha1、sha256（Upload-Checksum）。",
             "The digest cannot be read. Give sha-256=:...: (Content-Digest, Repr-Digest), or sha1 "
             "or sha256 (Upload-Checksum).")
    )  # fmt: skip
