"""Circumstances as people give them: JSON in a file of theirs or in a field of a form."""

import json
from pathlib import Path
from typing import Any, Final

from tingzhen.diagnosis import Circumstances, parse_circumstances
from tingzhen.errors import ContextError
from tingzhen.language import Text

MAX_CONTEXT_BYTES: Final = 1_000_000


def read_context(path: Path) -> Circumstances:
    """The circumstances in a JSON file. Raises ContextError, also when it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_CONTEXT_BYTES + 1)
    except OSError as error:
        raise ContextError(
            Text(f"情况说明文件无法读取：{path}。", f"The context file cannot be read: {path}.")
        ) from error
    if len(content) > MAX_CONTEXT_BYTES:
        raise ContextError(
            Text(f"情况说明文件过大：{path}。", f"The context file is too large: {path}.")
        )
    return parse_context(content)


def parse_context(content: bytes | str) -> Circumstances:
    """The circumstances in JSON text. Raises ContextError."""
    try:
        given: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ContextError(
            Text(f"情况说明不是有效的 JSON：{error}。", f"The context is not valid JSON: {error}.")
        ) from error
    return parse_circumstances(given)
