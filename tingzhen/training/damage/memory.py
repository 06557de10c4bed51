"""Keeps freed memory in the process, on Linux with glibc.

A training step allocates and frees activations of many megabytes. By default glibc hands such
blocks back to the kernel at once, which then has to clear every page anew: on one core that took
a third of a step (181 against 120 ms CPU a picture, lite0 at 256 px, 32 pictures a step).
"""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4  # malloc.h
_NEVER = 2**31 - 1
_TOP_PAD_BYTES = 256 * 2**20


def keep_freed_memory() -> bool:
    """From now on; True where it could be set. Memory then falls only when the process ends."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False  # another libc
    wanted = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, _NEVER), (_M_TOP_PAD, _TOP_PAD_BYTES))
    return all(mallopt(name, value) == 1 for name, value in wanted)
