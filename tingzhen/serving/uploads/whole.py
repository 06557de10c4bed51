"""A clip that comes in one request: as a form, or as the body itself."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from tingzhen.errors import MediaTypeUnsupported, UploadInvalid
from tingzhen.language import Text
from tingzhen.serving.uploads.body import Pouring
from tingzhen.serving.uploads.described import FORM_FIELDS, Described, describe
from tingzhen.serving.uploads.digests import sha256_of_digest
from tingzhen.serving.uploads.multipart import FileData, FormReader

MEDIA_TYPES: Final = ("video/", "audio/", "image/")


@dataclass(frozen=True, slots=True)
class Whole:
    """What came. described: by its sender. sha256: of the file, given with its part of a form."""

    described: Described
    sha256: str | None = None


async def read_form(
    content_type: str,
    body: AsyncIterator[bytes],
    pouring: Pouring,
    *,
    query: dict[str, str],
    priority: int,
    said_language: Callable[[str], None],
) -> Whole:
    """multipart/form-data with the clip in `file`; its other fields go before the query's.

    said_language: told the field `lang` at once, so that problems speak it. What was said before
    the file is checked before the file is read. Raises UploadInvalid, ContextError, DigestInvalid
    and what pouring raises.
    """
    form = FormReader(content_type, FORM_FIELDS)
    name, digest = None, None
    async for chunk in body:
        for piece in form.feed(chunk):
            if isinstance(piece, FileData):
                await pouring.pour(piece.data)
                continue
            name, digest = piece.name, sha256_of_digest(piece.digest)
            said_language(form.fields.get("lang", ""))
            describe(name, query | form.fields)
    form.finish()
    said_language(form.fields.get("lang", ""))
    await pouring.flush()
    return Whole(describe(name, query | form.fields, priority=priority), digest)


async def read_raw(
    body: AsyncIterator[bytes], pouring: Pouring, *, query: dict[str, str], priority: int
) -> Whole:
    """The body is the clip. query: `name` and the fields of the form. Raises as `read_form`."""
    described = describe(query.get("name") or "clip", query, priority=priority)
    await pouring.pour_all(body)
    return Whole(described)


def is_form(content_type: str, content_encoding: str | None) -> bool:
    """Whether a form comes; otherwise the body itself is the clip. Raises MediaTypeUnsupported."""
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if content_encoding not in (None, "", "identity"):
        raise MediaTypeUnsupported(
            Text("请求体请勿压缩（Content-Encoding）。",
                 "Send the body without compression (Content-Encoding).")
        )  # fmt: skip
    if kind == "multipart/form-data":
        return True
    if kind.startswith(MEDIA_TYPES):
        return False
    raise MediaTypeUnsupported(
        Text("请以 multipart/form-data 上传（文件字段为 file），"
             "或直接发送 video/*、audio/*、image/*。",
             "Send multipart/form-data with the clip in the field `file`, or the clip itself as "
             "video/*, audio/* or image/*.")
    )  # fmt: skip


def idempotency_key(given: str | None) -> str | None:
    """Idempotency-Key: a string, with or without the quotes that its draft asks for. Raises
    UploadInvalid."""
    if given is None:
        return None
    key = given.strip().removeprefix('"').removesuffix('"')
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise UploadInvalid(
            Text("Idempotency-Key 应为 1 至 255 个可见 ASCII 字符。",
                 "Idempotency-Key is 1 to 255 visible ASCII characters.")
        )  # fmt: skip
    return key
