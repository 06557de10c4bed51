"""A machine whose kernel has nothing to confine a process with, as far as a process can tell."""

import os
import subprocess
import sys
import textwrap

import pytest

X86_ONLY = pytest.mark.skipif(os.uname().machine != "x86_64", reason="the stand-in is for x86-64")

# A filter of our own stands in for the kernel: prctl(PR_SET_SECCOMP), unshare and
# landlock_create_ruleset fail with EINVAL, here and in all processes that are started from here.
OFFERS_NOTHING = """
import ctypes, struct
from tingzhen.media.sandbox import kernel
def line(code, value, yes=0, no=0):
    return struct.pack("=HBBI", code, yes, no, value)
code = b"".join([
    line(0x20, 0), line(0x15, 272, 4, 0), line(0x15, 444, 3, 0), line(0x15, 157, 0, 3),
    line(0x20, 16), line(0x15, 22, 0, 1), line(0x06, 0x00050016), line(0x06, 0x7FFF0000),
])
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
buffer = ctypes.create_string_buffer(code, len(code))
head = struct.pack("=H6xQ", len(code) // 8, ctypes.addressof(buffer))
kernel.prctl(kernel.PR_SET_SECCOMP, 2, ctypes.create_string_buffer(head, len(head)))
"""


def on_a_machine_without_layers(script: str, *, status: int = 0) -> list[str]:
    """Lines that a script prints there, and which exit status it has."""
    done = subprocess.run(
        [sys.executable, "-c", OFFERS_NOTHING + textwrap.dedent(script)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    return (done.stdout + done.stderr).splitlines()
