"""Whose clips go first: a vehicle that stands in a bay before one that its owner looks at."""

from typing import Final

from tingzhen.serving.access.caller import Caller

BAY: Final = 0
OWNERS: Final = 10
BULK: Final = 15


def priority_of(caller: Caller) -> int:
    """Smaller goes first. Nobody sets it for themselves."""
    return BAY if caller.role == "technician" else OWNERS
