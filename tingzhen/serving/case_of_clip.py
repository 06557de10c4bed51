"""Which case a confirmed clip became."""

import hashlib

from tingzhen.serving.records import ClipRecord


def case_id_of(record: ClipRecord) -> str:
    """That of its guided session where there was one, else one that does not tell the clip's."""
    return record.session_id or f"clip-{hashlib.sha256(record.id.encode()).hexdigest()[:24]}"
