"""Forms in pieces of any size: what comes out never depends on where the network cut them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.errors import UploadInvalid
from tingzhen.serving.uploads.multipart import MOST_FIELD_BYTES, FileStarts, FormReader

BOUNDARY = "----b0undary"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
FIELDS = frozenset({"context", "lang"})


def field(name: str, value: bytes) -> bytes:
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value + b"\r\n"
    )  # fmt: skip


def file(content: bytes, name: str = "a.wav", name_of_field: str = "file", more: str = "") -> bytes:
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name_of_field}"; '
        f'filename="{name}"\r\nContent-Type: audio/wav\r\n{more}\r\n'.encode()
        + content
        + b"\r\n"
    )


END = f"--{BOUNDARY}--\r\n".encode()


def read(body: bytes, *cuts: int) -> tuple[FileStarts, bytes, dict[str, str]]:
    form = FormReader(TYPE, FIELDS)
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    pieces = [piece for start, end in pairwise(edges) for piece in form.feed(body[start:end])]
    form.finish()
    starts, *data = pieces
    assert isinstance(starts, FileStarts)
    return starts, b"".join(d.data for d in data if not isinstance(d, FileStarts)), form.fields


@given(st.binary(max_size=400), st.lists(st.integers(0, 10_000), max_size=12), st.booleans())
def test_the_same_comes_out_wherever_it_is_cut(
    content: bytes, cuts: list[int], first: bool
) -> None:
    parts = [file(content), field("context", '{"when": ["冷"]}'.encode())]
    body = b"".join(parts if first else reversed(parts)) + END
    starts, found, fields = read(body, *cuts)
    assert (starts.name, found, fields) == ("a.wav", content, {"context": '{"when": ["冷"]}'})


@given(st.binary(max_size=300), st.lists(st.integers(0, 400), max_size=5))
def test_no_body_breaks_it(body: bytes, cuts: list[int]) -> None:
    try:
        read(file(b"x")[:-2] + body, *cuts)
    except UploadInvalid as error:
        assert error.text.en


def test_names_are_read_as_utf_8_and_a_part_may_have_a_digest() -> None:
    starts, _, _ = read(file(b"x", "听 诊.mp4", more="Repr-Digest: sha-256=:AA==:\r\n") + END)
    assert starts == FileStarts("听 诊.mp4", "sha-256=:AA==:")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"junk", "boundary"),
        (END, "no file"),
        (field("lang", b"en") + END, "no file"),
        (file(b"x"), "cut short"),
        (file(b"x") + file(b"y") + END, "more than one"),
        (file(b"x", name_of_field="other") + END, "'other'"),
        (field("more", b"1") + file(b"x") + END, "'more'"),
        (field("lang", b"en") * 2 + file(b"x") + END, "'lang'"),
        (field("lang", b"\xff") + file(b"x") + END, "UTF-8"),
        (field("file", b"x") + END, "no file name"),
        (field("lang", bytes(MOST_FIELD_BYTES + 1)) + END, "too long"),
        (field("lang", b"").replace(b"lang", b"l" * 9000) + END, "[Hh]eader"),
    ],
)
def test_what_does_not_fit_is_said(body: bytes, said: str) -> None:
    with pytest.raises(UploadInvalid, match=said):
        read(body)


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", f"multipart/form-data; boundary={'b' * 300}"]
)
def test_a_form_needs_a_boundary(content_type: str) -> None:
    with pytest.raises(UploadInvalid):
        FormReader(content_type, FIELDS)
