"""The filter of system calls as a BPF program (seccomp(2), linux/filter.h, linux/seccomp.h).

An allow-list. A call that is not on it fails with EPERM, as libraries expect of a call that a
machine forbids; a call that only an intruder makes ends the process (SIGSYS).
"""

import ctypes
import errno
import struct
from typing import Final

from tingzhen.media.sandbox.kernel import PR_SET_SECCOMP, prctl
from tingzhen.media.sandbox.system_calls import Rules

# struct seccomp_data: nr, arch, instruction_pointer, args[6]; both architectures little-endian
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_LOAD, _AND = 0x20, 0x54  # BPF_LD|BPF_W|BPF_ABS, BPF_ALU|BPF_AND|BPF_K
_IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT = 0x15, 0x35, 0x45  # BPF_JMP|BPF_J{EQ,GE,SET}|BPF_K
_RETURN = 0x06
_KILL, _ALLOW = 0x80000000, 0x7FFF0000
_REFUSE, _NOT_THERE = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS

_PROT_EXEC = 4
# What pthread_create asks of clone: CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, SETTLS,
# PARENT_SETTID, CHILD_CLEARTID; musl adds CLONE_DETACHED, which has no meaning any more.
_THREAD, _DETACHED = 0x003D0F00, 0x00400000
_MODE_FILTER = 2


def program(rules: Rules) -> bytes:
    """The filter as an array of struct sock_filter."""
    lines: list[bytes] = [
        _line(_LOAD, _ARCHITECTURE),
        _line(_IF_EQUAL, rules.architecture.audit, 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER),
    ]
    if rules.architecture.first_foreign is not None:
        lines += [_line(_IF_AT_LEAST, rules.architecture.first_foreign, 0, 1),
                  _line(_RETURN, _KILL)]  # fmt: skip
    for number in rules.allowed:
        lines += _for(number, [_line(_RETURN, _ALLOW)])
    for name in ("mmap", "mprotect"):
        lines += _for(rules.protected[name], _unless_executable())
    lines += _for(rules.protected["clone"], _if_a_thread())
    # Its flags lie in memory, where no filter can look: without it libc falls back to clone.
    lines += _for(rules.protected["clone3"], [_line(_RETURN, _NOT_THERE)])
    for number in rules.fatal:
        lines += _for(number, [_line(_RETURN, _KILL)])
    lines.append(_line(_RETURN, _REFUSE))
    return b"".join(lines)


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One struct sock_filter; jumps count the lines that are passed over."""
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _for(number: int, then: list[bytes]) -> list[bytes]:
    """`then`, which always returns, for one call; others go on after it."""
    return [_line(_IF_EQUAL, number, 0, len(then)), *then]


def _unless_executable() -> list[bytes]:
    """Third argument is the protection. Memory never becomes code."""
    return [
        _line(_LOAD, _ARGUMENTS + 8 * 2),
        _line(_IF_ANY_BIT, _PROT_EXEC, 0, 1),
        _line(_RETURN, _REFUSE),
        _line(_RETURN, _ALLOW),
    ]


def _if_a_thread() -> list[bytes]:
    """First argument are the flags. A new thread of this process, never another process."""
    return [
        _line(_LOAD, _ARGUMENTS + 4),
        _line(_IF_EQUAL, 0, 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, _ARGUMENTS),
        _line(_AND, 0xFFFFFFFF & ~_DETACHED),
        _line(_IF_EQUAL, _THREAD, 0, 1),
        _line(_RETURN, _ALLOW),
        _line(_RETURN, _KILL),
    ]


def supported() -> bool:
    """Whether this kernel takes filters: it then finds fault with the address, not the option."""
    try:
        prctl(PR_SET_SECCOMP, _MODE_FILTER, 0)
    except OSError as error:
        return error.errno == errno.EFAULT
    return False


class Filter:
    """A program laid out for the kernel; made once, set in each child."""

    def __init__(self, rules: Rules) -> None:
        code = program(rules)
        self._code: Final = ctypes.create_string_buffer(code, len(code))
        # struct sock_fprog: length, padding, pointer
        head = struct.pack("=H6xQ", len(code) // 8, ctypes.addressof(self._code))
        self._head: Final = ctypes.create_string_buffer(head, len(head))

    def set(self) -> None:
        """For this thread and all that come from it, for good. Needs no_new_privs first.

        Raises OSError.
        """
        prctl(PR_SET_SECCOMP, _MODE_FILTER, self._head)
