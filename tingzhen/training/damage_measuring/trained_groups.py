"""Which cars and incidents a bundle was trained on: marks of them, kept in the bundle."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any


def group_mark(group: str) -> str:
    """A short mark of a group, kept in the bundle in place of its name: 8 hexadecimal digits."""
    return hashlib.sha256(group.encode()).hexdigest()[:8]


def trained_on(metadata: Mapping[str, Any], groups: Iterable[str]) -> int:
    """How many of these groups a bundle was trained on, by its metadata."""
    learned = set(metadata.get("trained_groups", ()))
    return sum(group_mark(group) in learned for group in set(groups))
