"""A clip in one request goes to the disk as it comes: memory stays the same whatever its size."""

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from tests.serving.examples import tone
from tingzhen.errors import MediaTypeUnsupported, UploadInvalid
from tingzhen.serving.sound import encode_wav
from tingzhen.serving.uploads.body import Pouring
from tingzhen.serving.uploads.incoming import Incoming, Received
from tingzhen.serving.uploads.whole import idempotency_key, is_form, read_form, read_raw

CHUNK = bytes(64 * 1024)
CHUNKS = 512
HEAD = encode_wav(tone(1.0))[:1000]
START = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'


async def body(*, form: bool) -> AsyncIterator[bytes]:
    yield START + HEAD if form else HEAD
    for _ in range(CHUNKS):
        yield CHUNK
    if form:
        yield b"\r\n--b--\r\n"


async def receive(folder: Path, *, form: bool) -> Received:
    incoming = Incoming(folder, most_bytes=1 << 30)
    pouring = Pouring(incoming.write, anyio.CapacityLimiter(1))
    if form:
        await read_form(
            "multipart/form-data; boundary=b", body(form=True), pouring, query={}, priority=0,
            said_language=lambda _: None,
        )  # fmt: skip
    else:
        await read_raw(body(form=False), pouring, query={"name": "a.wav"}, priority=0)
    return incoming.finish()


@pytest.mark.parametrize("form", [True, False])
def test_a_large_clip_is_never_in_memory(tmp_path: Path, form: bool) -> None:
    tracemalloc.start()
    try:
        received = asyncio.run(receive(tmp_path, form=form))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    size = len(HEAD) + CHUNKS * len(CHUNK)
    assert (received.size_bytes, received.path.stat().st_size) == (size, size)
    assert received.sha256 == hashlib.sha256(HEAD + CHUNK * CHUNKS).hexdigest()
    assert peak_bytes < size / 4


@pytest.mark.parametrize(
    ("content_type", "form"),
    [("multipart/form-data; boundary=x", True), ("Video/MP4", False), ("audio/x-m4a; a=b", False),
     ("image/heic", False)],
)  # fmt: skip
def test_what_a_body_is(content_type: str, form: bool) -> None:
    assert is_form(content_type, None) == is_form(content_type, "identity") == form
    with pytest.raises(MediaTypeUnsupported):
        is_form(content_type, "gzip")


@pytest.mark.parametrize("content_type", ["", "application/json", "text/html", "video"])
def test_what_a_body_is_not(content_type: str) -> None:
    with pytest.raises(MediaTypeUnsupported):
        is_form(content_type, None)


def test_keys() -> None:
    assert idempotency_key(None) is None
    assert idempotency_key('"8e03978e-40d5"') == idempotency_key(" 8e03978e-40d5 ")
    for odd in ("", '""', "é", "a\x01", "x" * 256):
        with pytest.raises(UploadInvalid):
            idempotency_key(odd)
