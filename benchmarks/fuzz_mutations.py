"""Changes to a file as an attacker or a bad cable would make them; pure, by a given generator."""

import re
from collections.abc import Callable, Sequence

import numpy as np

Rng = np.random.Generator
Mutation = Callable[[bytearray, Sequence[bytes], Rng], bytearray]

_HEADER_BYTES = 2048
_EDGES = (0, 1, 2, 7, 8, 15, 16, 255, 256, 32767, 32768, 65535, 65536, 2**24, 2**31 - 1, 2**31,
          2**32 - 16, 2**32 - 1)  # fmt: skip
_BOX = re.compile(rb"[a-z][a-z0-9]{2}[a-z0-9 ]")


def mutate(seed: bytes, others: Sequence[bytes], rng: Rng) -> bytes:
    """One to four changes to a seed; others: to take pieces from."""
    content = bytearray(seed)
    names = list(MUTATIONS)
    for _ in range(int(rng.integers(1, 5))):
        if not content:
            break
        content = MUTATIONS[names[rng.integers(len(names))]](content, others, rng)
    return bytes(content)


def flip_bits(content: bytearray, _: Sequence[bytes], rng: Rng) -> bytearray:
    for at in rng.integers(len(content), size=int(rng.integers(1, 65))):
        content[at] ^= 1 << int(rng.integers(8))
    return content


def flip_header_bits(content: bytearray, _: Sequence[bytes], rng: Rng) -> bytearray:
    for at in rng.integers(min(len(content), _HEADER_BYTES), size=int(rng.integers(1, 9))):
        content[at] ^= 1 << int(rng.integers(8))
    return content


def truncate(content: bytearray, _: Sequence[bytes], rng: Rng) -> bytearray:
    return content[: int(rng.integers(1, len(content) + 1))]


def cut_out(content: bytearray, _: Sequence[bytes], rng: Rng) -> bytearray:
    start, length = _stretch(len(content), rng)
    del content[start : start + length]
    return content


def repeat(content: bytearray, _: Sequence[bytes], rng: Rng) -> bytearray:
    start, length = _stretch(len(content), rng)
    content[start:start] = bytes(content[start : start + length]) * int(rng.integers(1, 9))
    return content


def splice(content: bytearray, others: Sequence[bytes], rng: Rng) -> bytearray:
    """Put a stretch of another file in place of one of this."""
    other = others[rng.integers(len(others))]
    start, length = _stretch(len(other), rng)
    at = int(rng.integers(len(content)))
    content[at : at + length] = other[start : start + length]
    return content


def overwrite(content: bytearray, _: Sequence[bytes], rng: Rng) -> bytearray:
    start, length = _stretch(len(content), rng)
    fill = (bytes(length), b"\xff" * length, rng.bytes(length))
    content[start : start + length] = fill[rng.integers(3)]
    return content


def set_header_number(content: bytearray, _: Sequence[bytes], rng: Rng) -> bytearray:
    return _set_number(content, int(rng.integers(min(len(content), _HEADER_BYTES))), rng)


def set_any_number(content: bytearray, _: Sequence[bytes], rng: Rng) -> bytearray:
    return _set_number(content, int(rng.integers(len(content))), rng)


def set_box_size(content: bytearray, _: Sequence[bytes], rng: Rng) -> bytearray:
    """Another size for something that looks like a box (MP4) or a chunk (RIFF, PNG)."""
    names = [found.start() for found in _BOX.finditer(content)]
    if not names:
        return flip_bits(content, _, rng)
    at = names[rng.integers(len(names))]
    return _set_number(content, max(0, at - 4 if rng.integers(2) else at + 4), rng)


def set_box_field(content: bytearray, _: Sequence[bytes], rng: Rng) -> bytearray:
    """Another number inside such a box: counts, dimensions, offsets, durations."""
    names = [found.start() for found in _BOX.finditer(content)]
    if not names:
        return set_header_number(content, _, rng)
    return _set_number(content, names[rng.integers(len(names))] + int(rng.integers(4, 64)), rng)


MUTATIONS: dict[str, Mutation] = {
    change.__name__: change
    for change in (
        flip_bits, flip_header_bits, truncate, cut_out, repeat, splice, overwrite,
        set_header_number, set_any_number, set_box_size, set_box_field,
    )
}  # fmt: skip


def _stretch(length: int, rng: Rng) -> tuple[int, int]:
    """Start and length of a stretch, mostly short."""
    longest = max(1, int(length * 2.0 ** -float(rng.integers(1, 10))))
    size = int(rng.integers(1, longest + 1))
    return int(rng.integers(max(1, length - size))), size


def _set_number(content: bytearray, at: int, rng: Rng) -> bytearray:
    width = (1, 2, 4, 8)[rng.integers(4)]
    value = _EDGES[rng.integers(len(_EDGES))] % (1 << 8 * width)
    content[at : at + width] = value.to_bytes(width, "big" if rng.integers(4) else "little")
    return content
