"""Headers of tus: what is understood, and that nothing breaks the reading."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.errors import MediaTypeUnsupported, TusVersionUnsupported, UploadInvalid
from tingzhen.serving.uploads.tus_headers import (
    abilities,
    byte_count,
    expires_header,
    metadata_header,
    parse_metadata,
    require_part_type,
    require_version,
)

ALLOWED = frozenset({"filename", "context", "is_private"})


def test_the_example_of_the_protocol() -> None:
    given_ = "filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_private"
    assert parse_metadata(given_, ALLOWED) == {
        "filename": "world_domination_plan.pdf", "is_private": ""
    }  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(ALLOWED)), st.text(max_size=40)))
def test_what_is_written_is_read(details: dict[str, str]) -> None:
    assert parse_metadata(metadata_header(details), ALLOWED) == details


@given(st.text(max_size=120))
def test_no_metadata_breaks_it(header: str) -> None:
    try:
        parse_metadata(header, ALLOWED)
    except UploadInvalid as error:
        error.text.zh.encode()


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("more AA==", "more"),
        ("filename QQ==,filename QQ==", "filename"),
        ("filename !!", "filename"),
        ("filename /w==", "filename"),
        ("名 QQ==", "u540d"),
        (",", "''"),
        ("filename " + "A" * (1 << 18), "too long"),
    ],
)
def test_what_does_not_fit_is_named(header: str, said: str) -> None:
    with pytest.raises(UploadInvalid, match=said):
        parse_metadata(header, ALLOWED)


@pytest.mark.parametrize("given_", [None, "", "-1", "1.5", "+1", "1_0", "٣", " 1", "9" * 30])
def test_bytes_are_digits(given_: str | None) -> None:
    with pytest.raises(UploadInvalid, match="Upload-Offset"):
        byte_count("Upload-Offset", given_)
    assert byte_count("Upload-Offset", "120") == 120


def test_the_version_and_the_type_of_parts_are_asked_for() -> None:
    require_version("1.0.0")
    require_part_type("application/offset+octet-stream")
    for wrong in (None, "", "0.2.1"):
        with pytest.raises(TusVersionUnsupported):
            require_version(wrong)
        with pytest.raises(MediaTypeUnsupported):
            require_part_type(wrong)


def test_what_is_told_of_the_service() -> None:
    told = abilities(1000)
    assert told["Tus-Max-Size"] == "1000"
    assert "sha1" in told["Tus-Checksum-Algorithm"].split(",")
    assert expires_header(datetime(2026, 11, 27, 5, tzinfo=UTC)) == "Fri, 27 Nov 2026 05:00:00 GMT"
