"""The filter as the kernel reads it: run here instruction by instruction, for both machines."""

import errno
import re
import struct
from pathlib import Path

import pytest

from tingzhen.media.sandbox.seccomp import program
from tingzhen.media.sandbox.system_calls import (
    ARM64,
    X86_64,
    Architecture,
    named_numbers,
    rules_of,
)

BOTH = pytest.mark.parametrize("machine", [X86_64, ARM64], ids=lambda a: a.name)
ALLOW, KILL = "allow", "kill"
THREAD = 0x003D0F00
PROGRAMS = {
    machine: list(struct.iter_unpack("=HBBI", program(rules_of(machine))))
    for machine in (X86_64, ARM64)
}


def verdict(machine: Architecture, number: int, *arguments: int, audit: int | None = None) -> str:
    """What the filter says of a system call: "allow", "kill" or the name of an errno."""
    code = PROGRAMS[machine]
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("=IIQ6Q", number, machine.audit if audit is None else audit, 0, *padded)
    at, word = 0, 0
    for _ in range(len(code)):
        instruction, if_true, if_false, value = code[at]
        at += 1
        if instruction == 0x20:
            (word,) = struct.unpack_from("=I", data, value)
        elif instruction == 0x54:
            word &= value
        elif instruction == 0x06:
            kind = value & 0xFFFF0000
            return {0x7FFF0000: ALLOW, 0x80000000: KILL}.get(kind) or errno.errorcode[
                value & 0xFFFF
            ]
        else:
            holds = {0x15: word == value, 0x35: word >= value, 0x45: bool(word & value)}
            at += if_true if holds[instruction] else if_false
    raise AssertionError("the program does not end")


@BOTH
def test_what_is_on_the_list_is_allowed_and_nothing_else(machine: Architecture) -> None:
    rules = rules_of(machine)
    for number in range(600):
        if number in rules.allowed:
            assert verdict(machine, number) == ALLOW, number
        elif number in rules.fatal:
            assert verdict(machine, number) == KILL, number
        elif number not in rules.protected.values():
            assert verdict(machine, number) == "EPERM", number


@BOTH
def test_no_path_no_socket_no_process(machine: Architecture) -> None:
    numbers = named_numbers(machine)
    for name in ("socket", "connect", "execve", "execveat", "ptrace", "mount", "bpf", "unshare"):
        assert verdict(machine, numbers[name]) == KILL
    opens = {X86_64: (2, 257, 437), ARM64: (56, 437)}[machine]
    assert {verdict(machine, number) for number in opens} == {"EPERM"}


@BOTH
def test_memory_never_becomes_code(machine: Architecture) -> None:
    for name in ("mmap", "mprotect"):
        number = named_numbers(machine)[name]
        assert verdict(machine, number, 0, 4096, 3) == ALLOW
        assert verdict(machine, number, 0, 4096, 7) == "EPERM"
        assert verdict(machine, number, 0, 4096, 4) == "EPERM"


@BOTH
def test_a_thread_is_no_process(machine: Architecture) -> None:
    numbers = named_numbers(machine)
    assert verdict(machine, numbers["clone"], THREAD) == ALLOW
    assert verdict(machine, numbers["clone"], THREAD | 0x00400000) == ALLOW
    for flags in (0x11, 0x01200011, THREAD | 0x10000000, THREAD & ~0x10000, THREAD | 1 << 33):
        assert verdict(machine, numbers["clone"], flags) == KILL
    assert verdict(machine, numbers["clone3"], 1) == "ENOSYS"


@BOTH
def test_calls_of_another_convention_are_fatal(machine: Architecture) -> None:
    assert verdict(machine, 0, audit=0x40000003) == KILL  # 32-bit x86
    if machine.first_foreign is not None:
        assert verdict(machine, machine.first_foreign | 1) == KILL  # x32


HEADERS = {
    X86_64: ("x86_64-linux-gnu/asm/unistd_64.h", r"#define __NR_(\w+) (\d+)"),
    ARM64: ("asm-generic/unistd.h", r"#define __NR(?:3264)?_(\w+) (\d+)"),
}


@BOTH
def test_the_numbers_are_those_of_the_kernel(machine: Architecture) -> None:
    name, pattern = HEADERS[machine]
    header = Path("/usr/include") / name
    if not header.exists():
        pytest.skip("the kernel's headers are not installed (linux-libc-dev)")
    real = {call: int(number) for call, number in re.findall(pattern, header.read_text())}
    numbers = named_numbers(machine)
    assert len(numbers) > 50
    assert {call: real[call] for call in numbers} == numbers
