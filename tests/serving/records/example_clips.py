"""Rows of clips for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tingzhen.serving.records import ClipRecord

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def example_clip(number: int = 0, **more: Any) -> ClipRecord:
    """Of owner "ann", a minute later for each number."""
    fields: dict[str, Any] = {
        "id": f"{number:032x}",
        "owner": "ann",
        "created_at": START + timedelta(minutes=number),
        "label": f"clip {number}.mp4",
        "sha256": f"{number:064x}",
        "size_bytes": 1000 + number,
        "file_key": f"originals/00/{number:064x}",
    }
    return ClipRecord(**(fields | more))
