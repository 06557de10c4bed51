"""Text that a database cannot keep is refused where it comes in, whatever the endpoint.

JSON can say two things that no text is: the character U+0000, which Postgres cannot keep, and half
of a surrogate pair, which UTF-8 cannot write.
"""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData

from tingzhen.errors import UploadInvalid
from tingzhen.language import Text

_MAY_HOLD: Final = (b"\\u0000", b"\\ud", b"\\uD")


async def refuse_unkeepable_text(request: Request) -> None:
    """A dependency of all endpoints; it runs when the framework has read what they ask for, and
    reads nothing by itself. Raises UploadInvalid."""
    texts = [*request.query_params.values(), *map(str, request.path_params.values())]
    form: FormData | None = getattr(request, "_form", None)
    if form is not None:
        texts += [value for value in form.values() if isinstance(value, str)]
    # Only a body that was read as JSON; walking all of it is for those that look like it alone.
    if hasattr(request, "_json"):
        body = await request.body()
        if any(mark in body for mark in _MAY_HOLD):
            texts += _texts(await request.json())
    for text in texts:
        if "\0" in text or not _is_utf8(text):
            raise UploadInvalid(
                Text("文字中含有无法保存的字符（U+0000 或不成对的代理码）。请删除后重发。",
                     "A text holds a character that cannot be kept (U+0000, or half of a "
                     "surrogate pair). Remove it and send it again.")
            )  # fmt: skip


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
