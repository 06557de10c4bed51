"""A mark that a folder of fault trees has passed the schema, so that start-up need not repeat it.

The schema check takes longer than everything else in loading. The mark holds a digest over the
schema and all files: change one character and the full check runs again by itself. After a change
to the shipped base, renew the mark with `python -m tingzhen.diagnosis.mark_checked`.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_MARK: Final = "checked.json"


def is_checked(folder: Path, files: Sequence[Path]) -> bool:
    try:
        mark = json.loads((folder / _MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(mark, dict) and mark.get("sha256") == digest(files)


def write_mark(folder: Path, files: Sequence[Path]) -> None:
    text = json.dumps({"sha256": digest(files)}) + "\n"
    (folder / _MARK).write_text(text, encoding="utf-8")


def digest(files: Sequence[Path]) -> str:
    """SHA-256 over names and contents, in the order given."""
    total = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        total.update(f"{file.name} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()
