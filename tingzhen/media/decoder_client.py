"""The service's end of the decoder: sends open files, gets decoded clips or typed errors.

Safe for use from many threads: requests take turns only while they are handed over.
"""

import atexit
import contextlib
import fcntl
import hashlib
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from tingzhen.media.decoder_answer import MAX_ANSWER_BYTES, arrays_of, check_facts, parse
from tingzhen.media.decoder_errors import NO_WORD, crashed, error_of, unconfined
from tingzhen.media.limits import Limits
from tingzhen.media.sandbox.layers import Layer, missing

# The child ends itself at its limit; the parent waits this much longer for the word of it.
_GRACE_S: Final = 3.0
_READY_BYTES: Final = 8192
_SEALS: Final = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
# Secrets of the service are nothing that a process should hold which hostile bytes may take over.
_PASSED_ON: Final = frozenset(
    {"PATH", "LD_LIBRARY_PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV"}
)


def _environment() -> dict[str, str]:
    passed_on = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(("LC_", "PYTHON"))
    }
    return {**passed_on, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFile:
    """facts: see `decoder_answer`, all of them checked, and sha256 of the file.

    waveform: float32 (n,) or None. pictures: uint8 (height, width, 3) each.
    """

    facts: dict[str, Any]
    waveform: NDArray[np.float32] | None
    pictures: list[NDArray[np.uint8]]


class DecoderProcess:
    """One warm decoder process; each clip is decoded in a child of it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tingzhen.media.decoder_process", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # a Ctrl-C is for the service, which then closes us
        )
        theirs.close()
        self._control = ours
        self._lock = threading.Lock()
        self._layers: tuple[Layer, ...] | None = None

    def layers(self) -> tuple[Layer, ...]:
        """What confines the children, in force or not; waits until the process is ready.

        Raises DecoderCrashed.
        """
        with self._lock:
            if self._layers is None:
                try:
                    found = json.loads(self._control.recv(_READY_BYTES))
                except (OSError, ValueError) as error:
                    raise crashed() from error
                self._layers = tuple(Layer(**layer) for layer in found)
            return self._layers

    def require_sandbox(self, limits: Limits) -> None:
        """Raises SandboxMissing where the limits demand more than this machine has."""
        if limits.sandbox == "strict" and (absent := missing(self.layers())):
            raise unconfined(absent)

    def decode(
        self, file_fd: int, limits: Limits, tracks: Literal["all", "sound"] = "all"
    ) -> DecodedFile:
        """Decode the open regular file in a child. Raises ClipError."""
        self.require_sandbox(limits)
        # Read once before the child's clock starts: its limit is for decoding, not for a slow disk.
        digest = _sha256(file_fd)
        memory_fd = os.memfd_create("tingzhen-clip", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            ours, theirs = socket.socketpair()
            with ours:
                with theirs:
                    request = json.dumps({"limits": asdict(limits), "tracks": tracks}).encode()
                    self._send(request, [file_fd, memory_fd, theirs.fileno()])
                answer = _first_line(ours, limits.decode_timeout_s + _GRACE_S)
            if "error" in answer or "ended" in answer:
                raise error_of(answer)
            return _decoded(answer, memory_fd, limits, digest)
        finally:
            os.close(memory_fd)

    def _send(self, request: bytes, descriptors: Sequence[int]) -> None:
        self.layers()
        with self._lock:
            try:
                socket.send_fds(self._control, [request], descriptors)
            except OSError as error:
                raise crashed() from error

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the process and whatever it is decoding, and wait until it is gone."""
        with self._lock:
            self._control.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _sha256(fd: int) -> str:
    """Of the whole file; reads by position, since the child shares the descriptor's place."""
    digest, position = hashlib.sha256(), 0
    while piece := os.pread(fd, 1 << 20, position):
        digest.update(piece)
        position += len(piece)
    return digest.hexdigest()


def _first_line(reply: socket.socket, timeout_s: float) -> dict[str, Any]:
    """The child's answer, or what became of the child. Bounded in time and bytes."""
    received = bytearray()
    deadline_s = time.monotonic() + timeout_s
    try:
        while b"\n" not in received:
            reply.settimeout(max(0.001, deadline_s - time.monotonic()))
            piece = reply.recv(1 << 16)
            if not piece:
                return {"ended": NO_WORD}
            received += piece
            if len(received) > MAX_ANSWER_BYTES:
                return {"ended": NO_WORD, "detail": "the answer is too long"}
        return parse(bytes(received[: received.index(b"\n")]))
    except TimeoutError:
        return {"ended": -signal.SIGALRM}
    except ValueError as error:
        return {"ended": NO_WORD, "detail": f"the answer cannot be used: {error}"}


def _decoded(answer: dict[str, Any], memory_fd: int, limits: Limits, digest: str) -> DecodedFile:
    try:
        # From here on nobody can change or cut off what we are about to read.
        fcntl.fcntl(memory_fd, fcntl.F_ADD_SEALS, _SEALS)
        size = os.fstat(memory_fd).st_size
        check_facts(answer, limits, size)
        data = memoryview(mmap.mmap(memory_fd, size, access=mmap.ACCESS_COPY) if size else b"")
        waveform, pictures = arrays_of(answer, data)
    except (OSError, ValueError) as error:
        raise error_of({"ended": NO_WORD, "detail": f"{error}"}) from error
    return DecodedFile({**answer, "sha256": digest}, waveform, pictures)


_lock = threading.Lock()
_shared: DecoderProcess | None = None


def shared_decoder() -> DecoderProcess:
    """The process's one decoder, started when first asked for and again if it died."""
    global _shared  # noqa: PLW0603
    with _lock:
        if _shared is None or not _shared.alive:
            if _shared is None:
                atexit.register(close_decoder)
            else:
                _shared.close()
            _shared = DecoderProcess()
        return _shared


def close_decoder() -> None:
    """End the shared decoder; the next clip starts another."""
    global _shared
    with _lock:
        decoder, _shared = _shared, None
    if decoder is not None:
        with contextlib.suppress(OSError):
            decoder.close()
