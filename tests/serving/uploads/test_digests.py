"""Digests as senders write them, and what is no digest."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.errors import ChecksumMismatch, DigestInvalid, DigestMismatch
from tingzhen.serving.uploads.digests import (
    check_sha256,
    new_hash,
    parse_checksum,
    sha256_of_digest,
)

CONTENT = b'{"hello": "world"}'
OF_RFC = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
"""RFC 9530, appendix B.1."""


def test_the_example_of_the_standard() -> None:
    assert sha256_of_digest(OF_RFC) == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize(
    "header",
    [
        f"sha-512=:AAAA:, {OF_RFC}",
        f"{OF_RFC},unixsum=:AA==:",
        f"  {OF_RFC};q=1 , md5=:AAAA:",
        f"sha-256=:{base64.b64encode(bytes(32)).decode()}:, {OF_RFC}",
    ],
)
def test_others_beside_it_do_no_harm_and_the_last_of_a_name_counts(header: str) -> None:
    assert sha256_of_digest(header) == hashlib.sha256(CONTENT).hexdigest()


def test_without_a_digest_nothing_is_expected() -> None:
    assert sha256_of_digest(None) is None
    check_sha256("ab" * 32, None, None)


@pytest.mark.parametrize(
    "header",
    ["", "sha-256", "sha-256=", "sha-256=::", "sha-256=:AAAA:", "sha-256=:!:", OF_RFC + ",",
     OF_RFC + " x", "sha-512=:AAAA:", OF_RFC.replace("sha-256", "SHA-256"), OF_RFC[:-1]],
)  # fmt: skip
def test_what_cannot_be_checked_is_refused(header: str) -> None:
    with pytest.raises(DigestInvalid):
        sha256_of_digest(header)


@given(st.text(max_size=80))
def test_no_header_breaks_it(header: str) -> None:
    try:
        found = sha256_of_digest(header)
    except DigestInvalid:
        return
    assert found is None or len(found) == 64


def test_other_bytes_are_noticed() -> None:
    check_sha256("ab" * 32, "ab" * 32, None)
    with pytest.raises(DigestMismatch):
        check_sha256("ab" * 32, None, "cd" * 32)


@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_checksums_of_parts(name: str) -> None:
    value = base64.b64encode(hashlib.new(name, CONTENT).digest()).decode()
    checksum = parse_checksum(f"{name} {value}")
    assert checksum is not None
    hashing = new_hash(checksum)
    assert hashing is not None
    hashing.update(CONTENT)
    checksum.check(hashing.digest())
    with pytest.raises(ChecksumMismatch):
        checksum.check(bytes(len(checksum.value)))


@pytest.mark.parametrize("header", ["", "sha1", "md5 AAAA", "sha1 AAAA", "sha1 !!!", "sha256 é"])
def test_what_is_no_checksum_is_refused(header: str) -> None:
    with pytest.raises(DigestInvalid):
        parse_checksum(header)


def test_without_a_checksum_nothing_is_hashed() -> None:
    assert parse_checksum(None) is None
    assert new_hash(None) is None
