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
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.media.decoder_answer import (
    MAX_ANSWER_BYTES,
    arrays_of,
    check_facts,
    check_sound,
    parse,
    samples_of,
)
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

# All memory of a child is new to it: touching it page by page took a third of what safety costs.
_LARGE_PAGES: Final = (
    "glibc.malloc.hugetlb=1"
    ":glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=1073741824"
)


def _environment() -> dict[str, str]:
    passed_on = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(("LC_", "PYTHON"))
    }
    return {
        **passed_on,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "GLIBC_TUNABLES": _LARGE_PAGES,
    }


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFile:
    """facts: see `decoder_answer`, all of them checked, and sha256 of the file.

    waveform: float32 (n,) or None. pictures: uint8 (height, width, 3) each.
    """

    facts: dict[str, Any]
    waveform: NDArray[np.float32] | None
    pictures: list[NDArray[np.uint8]]


Heard = Callable[[dict[str, Any], NDArray[np.float32] | None], None]


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
        self,
        file_fd: int,
        limits: Limits,
        *,
        sha256: str | None = None,
        heard: Heard | None = None,
    ) -> DecodedFile:
        """Decode the open regular file in a child. Raises ClipError.

        sha256: of the file, where it is known. heard: given the facts and samples of the sound
        before the pictures are decoded; never for a photo.
        """
        self.require_sandbox(limits)
        # Read once before the child's clock starts: its limit is for decoding, not for a slow disk.
        if sha256 is None:
            sha256 = _sha256(file_fd)
        else:
            _read_through(file_fd)
        memory_fd = os.memfd_create("tingzhen-clip", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            ours, theirs = socket.socketpair()
            with ours:
                with theirs:
                    asked = {"limits": asdict(limits), "sound_first": heard is not None}
                    self._send(json.dumps(asked).encode(), [file_fd, memory_fd, theirs.fileno()])
                lines = _Lines(ours, limits.decode_timeout_s + _GRACE_S)
                answer = lines.next()
                if heard is not None and "heard" in answer:
                    heard(*_sound(answer["heard"], memory_fd, limits))
                    answer = lines.next()
            if "error" in answer or "ended" in answer:
                raise error_of(answer)
            return _decoded(answer, memory_fd, limits, sha256)
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


def _read_through(fd: int) -> None:
    block, position = bytearray(1 << 20), 0
    while read := os.preadv(fd, [block], position):
        position += read


class _Lines:
    """What a child answers, or what became of the child. Bounded in time and bytes, all lines
    together."""

    def __init__(self, reply: socket.socket, timeout_s: float) -> None:
        self._reply = reply
        self._deadline_s = time.monotonic() + timeout_s
        self._left_bytes = MAX_ANSWER_BYTES
        self._received = bytearray()

    def next(self) -> dict[str, Any]:
        try:
            while b"\n" not in self._received:
                self._reply.settimeout(max(0.001, self._deadline_s - time.monotonic()))
                piece = self._reply.recv(1 << 16)
                if not piece:
                    return {"ended": NO_WORD}
                self._received += piece
                self._left_bytes -= len(piece)
                if self._left_bytes < 0:
                    return {"ended": NO_WORD, "detail": "the answer is too long"}
            line, _, self._received = self._received.partition(b"\n")
            return parse(bytes(line))
        except TimeoutError:
            return {"ended": -signal.SIGALRM}
        except ValueError as error:
            return {"ended": NO_WORD, "detail": f"the answer cannot be used: {error}"}


def _sound(
    told: Any, memory_fd: int, limits: Limits
) -> tuple[dict[str, Any], NDArray[np.float32] | None]:
    """Facts and samples, copied: the child goes on and may still write to its memory file."""
    try:
        check_sound(told, limits)
        if told["samples"] is None:
            return told, None
        copied = os.pread(memory_fd, 4 * told["samples"], 0)
        return told, samples_of(copied, told["samples"])
    except (OSError, ValueError) as error:
        raise error_of({"ended": NO_WORD, "detail": f"{error}"}) from error


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
