"""System calls that Python has no name for; each raises OSError like those in `os`."""

import ctypes
import os
from collections.abc import Sequence
from typing import Final

_libc: Final = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG: Final = 1
PR_SET_SECCOMP: Final = 22
PR_SET_NO_NEW_PRIVS: Final = 38


def system_call(number: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char]) -> int:
    """syscall(2) with integers and buffers. Raises OSError; ENOSYS where the kernel lacks it."""
    result: int = _libc.syscall(ctypes.c_long(number), *_as_words(arguments))
    return _checked(result)


def prctl(option: int, *arguments: int | ctypes.Array[ctypes.c_char]) -> int:
    """prctl(2); arguments that are not given are zero. Raises OSError."""
    padded = [*arguments, 0, 0, 0, 0][:4]
    result: int = _libc.prctl(ctypes.c_int(option), *_as_words(padded))
    return _checked(result)


def unshare(flags: int) -> None:
    """unshare(2). Raises OSError."""
    _checked(_libc.unshare(ctypes.c_int(flags)))


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """mount(2). Raises OSError."""
    _checked(
        _libc.mount(
            source.encode(), target.encode(), kind and kind.encode(), ctypes.c_ulong(flags),
            options.encode(),
        )
    )  # fmt: skip


def _as_words(arguments: Sequence[int | bytes | ctypes.Array[ctypes.c_char]]) -> list[object]:
    """Integers as whole registers: a bare int would be passed as 32 bits."""
    return [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
