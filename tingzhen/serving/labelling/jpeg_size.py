"""Width and height of a JPEG, from its header alone (ITU-T T.81, B.2.2)."""

from typing import Final

_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Start-of-frame markers; the three left out are tables and extensions."""


def jpeg_size_px(content: bytes) -> tuple[int, int]:
    """(width, height). Raises ValueError where it is no JPEG."""
    at = 2
    while content[:2] == b"\xff\xd8" and at + 9 <= len(content) and content[at] == 0xFF:
        if content[at + 1] in _FRAMES:
            height = int.from_bytes(content[at + 5 : at + 7])
            return int.from_bytes(content[at + 7 : at + 9]), height
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
    raise ValueError("no JPEG")
