"""What a decoder that was taken over would try: without the sandbox it works, within it never."""

import os
import subprocess
import sys

import pytest

from tingzhen.media.sandbox import missing
from tingzhen.media.sandbox.layers import Layer
from tingzhen.media.sandbox.seccomp import supported
from tingzhen.media.sandbox.trial import ATTEMPTS, NEEDED, try_out

pytestmark = pytest.mark.skipif(not supported(), reason="no seccomp on this machine")

KILLED = {"open an internet socket", "open a local socket", "start a program", "start a process",
          "be traced", "read another process"}  # fmt: skip


@pytest.mark.parametrize("name", ATTEMPTS)
def test_what_an_intruder_tries_is_stopped(name: str) -> None:
    expected = "killed" if name in KILLED else "refused"
    assert try_out(name, ATTEMPTS[name]).outcome == expected


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_same_works_without_the_sandbox(name: str) -> None:
    assert try_out(name, ATTEMPTS[name], confined=False).outcome == "done"


@pytest.mark.parametrize("name", NEEDED)
def test_what_decoding_needs_goes_on_working(name: str) -> None:
    assert try_out(name, NEEDED[name]).outcome == "done"


def run(script: str) -> list[str]:
    """Lines that a fresh process prints: what it does to itself cannot be taken back."""
    one_thread = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # as the decoder process has
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, check=True, timeout=30, env=one_thread,
    )  # fmt: skip
    return done.stdout.splitlines()


ALONE = """
import os
from tingzhen.media.sandbox import landlock, namespaces, privileges
from tingzhen.media.sandbox.system_calls import this_architecture
def outcome(attempt):
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"
"""


def test_landlock_alone_closes_the_file_system() -> None:
    script = (
        ALONE
        + """
privileges.gain_none()
try:
    version = landlock.version()
except OSError as error:
    print("absent")
else:
    open_before = os.open("/etc/passwd", os.O_RDONLY)
    landlock.deny_everything(version)
    print(outcome(lambda: os.open("/etc/passwd", os.O_RDONLY)), len(os.read(open_before, 4)))
"""
    )
    (line,) = run(script)
    if line == "absent":
        pytest.skip("no Landlock on this machine")
    assert line == "PermissionError 4"


def test_the_empty_root_alone_has_no_files_and_the_network_no_way_out() -> None:
    script = (
        ALONE
        + """
import socket
try:
    namespaces.leave()
except OSError as error:
    print("absent", error)
else:
    namespaces.empty_root()
    privileges.drop_capabilities(this_architecture())
    print(os.listdir("/"), outcome(lambda: os.mkdir("/x")), outcome(lambda: os.chroot("/")))
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    print(outcome(lambda: out.connect(("192.0.2.1", 9))))
"""
    )
    lines = run(script)
    if lines[0].startswith("absent"):
        pytest.skip(f"no unprivileged namespaces on this machine: {lines[0]}")
    assert lines[0].split()[:2] == ["[]", "OSError"]  # read-only
    assert lines[0].split()[2] == "PermissionError"
    assert lines[1] == "OSError"  # network is unreachable


def test_capabilities_are_gone_even_for_root() -> None:
    script = (
        ALONE
        + """
privileges.gain_none()
privileges.drop_capabilities(this_architecture())
print([line.split()[1] for line in open("/proc/self/status")
       if line.startswith(("CapPrm", "CapEff", "NoNewPrivs"))])
"""
    )
    (line,) = run(script)
    assert line == "['0000000000000000', '0000000000000000', '1']"


def test_only_required_layers_are_missed() -> None:
    layers = [Layer("landlock", False, ""), Layer("system_calls", False, "no"),
              Layer("privileges", True, "")]  # fmt: skip
    assert [layer.name for layer in missing(layers)] == ["system_calls"]


def test_an_unprivileged_user_is_confined_as_well() -> None:
    if os.geteuid() != 0:
        pytest.skip("this run is unprivileged already")
    script = """
import os
from tingzhen.media.sandbox.trial import ATTEMPTS, try_out
os.setgroups([]); os.setgid(65534); os.setuid(65534)
print(sorted({try_out(name, attempt).outcome for name, attempt in ATTEMPTS.items()}))
"""
    (line,) = run(script)
    assert line == "['killed', 'refused']"
