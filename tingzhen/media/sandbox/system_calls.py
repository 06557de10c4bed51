"""Which system calls decoding needs, by architecture.

Everything a clip needs is open before the filter is set, so that nothing here takes a path, makes
a socket or reaches another process. Numbers: the kernel's asm/unistd_64.h (x86-64) and
asm-generic/unistd.h (arm64).
"""

import os
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Architecture:
    """name: of the machine. audit: AUDIT_ARCH_... of linux/audit.h. first_foreign: numbers from
    here on are of another calling convention (x32), None where there is none."""

    name: str
    audit: int
    first_foreign: int | None = None


X86_64: Final = Architecture("x86_64", 0xC000003E, 0x40000000)
ARM64: Final = Architecture("aarch64", 0xC00000B7)

# name: number on x86-64, on arm64; None where an architecture has no such call
_ALLOWED: Final[dict[str, tuple[int, int | None]]] = {
    # the clip, the memory file and the answer, all of them open already
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "lseek": (8, 62),
    "fstat": (5, 80),
    "close": (3, 57),
    # memory (never executable: see PROTECTED)
    "brk": (12, 214),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    # threads (clone itself: see PROTECTED)
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "gettid": (186, 178),
    "getpid": (39, 172),
    "exit": (60, 93),
    "exit_group": (231, 94),
    # signals that the kernel sends at a limit
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    # time and chance
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
}
_PROTECTED: Final[dict[str, tuple[int, int]]] = {
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "clone": (56, 220),
    "clone3": (435, 435),
}
# No decoder has a reason for these: who tries one has been taken over, and ends there.
_FATAL: Final[dict[str, tuple[int | None, int | None]]] = {
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """Numbers of one architecture. Those in none of the groups are refused with EPERM.

    protected: allowed for some arguments only, by name.
    """

    architecture: Architecture
    allowed: tuple[int, ...]
    protected: dict[str, int]
    fatal: tuple[int, ...]


def rules_of(architecture: Architecture) -> Rules:
    """The rules in an architecture's numbers."""
    column = 0 if architecture is X86_64 else 1
    allowed = [numbers[column] for numbers in _ALLOWED.values()]
    fatal = [numbers[column] for numbers in _FATAL.values()]
    return Rules(
        architecture,
        tuple(number for number in allowed if number is not None),
        {name: numbers[column] for name, numbers in _PROTECTED.items()},
        tuple(number for number in fatal if number is not None),
    )


def named_numbers(architecture: Architecture) -> dict[str, int]:
    """Every number used here by the name of its call; for comparing with the kernel's headers."""
    column = 0 if architecture is X86_64 else 1
    every = {**_ALLOWED, **_PROTECTED, **_FATAL}
    return {name: n for name, numbers in every.items() if (n := numbers[column]) is not None}


def this_architecture() -> Architecture | None:
    """That of the machine we run on; None where there are no rules for it."""
    machine = os.uname().machine
    return next((known for known in (X86_64, ARM64) if known.name == machine), None)
