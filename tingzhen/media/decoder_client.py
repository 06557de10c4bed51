"""The service's end of the decoder: sends open files, gets decoded clips or typed errors.

Safe for use from many threads: requests take turns only while they are handed over.
"""

import atexit
import contextlib
import hashlib
import json
import logging
import mmap
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from tingzhen.errors import ClipError, DecodeMemory, DecoderCrashed, DecodeTimeout
from tingzhen.language import Text
from tingzhen.media.limits import Limits

_SIGALRM_STATUS, _SIGXCPU_STATUS = -14, -24
# The child ends itself at its limit; the parent waits this much longer for the word of it.
_GRACE_S = 3.0
_ERRORS: dict[str, type[ClipError]] = {error.code: error for error in ClipError.__subclasses__()}


def _timeout() -> DecodeTimeout:
    return DecodeTimeout(
        Text("解码用时过长，已停止。请截取较短的一段，或以较低分辨率重新录制。",
             "Decoding took too long and was stopped. "
             "Cut out a shorter part or record at a lower resolution.")
    )  # fmt: skip


def _memory() -> DecodeMemory:
    return DecodeMemory(
        Text("解码所需内存超出上限，已停止。请以较低分辨率重新录制。",
             "Decoding needed more memory than is allowed and was stopped. "
             "Record at a lower resolution.")
    )  # fmt: skip


def _crashed() -> DecoderCrashed:
    return DecoderCrashed(
        Text("文件使解码器异常退出，未造成其他影响。请重新录制，或重新从手机导出。",
             "The file made the decoder stop; nothing else was affected. "
             "Record it again or export it from the phone again.")
    )  # fmt: skip


class DecoderProcess:
    """One warm decoder process; each clip is decoded in a child of it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tingzhen.media.decoder_process", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # a Ctrl-C is for the service, which then closes us
        )
        theirs.close()
        self._control = ours
        self._lock = threading.Lock()
        self._ready = False

    def decode(
        self, file_fd: int, limits: Limits, tracks: Literal["all", "sound"] = "all"
    ) -> tuple[dict[str, Any], memoryview]:
        """Facts and data of the open regular file. Raises ClipError.

        Data: the samples as float32, then the pixels of each frame, as the facts say.
        """
        # Read once before the child's clock starts: its limit is for decoding, not for a slow disk.
        digest = _sha256(file_fd)
        memory_fd = os.memfd_create("tingzhen-clip", os.MFD_CLOEXEC)
        try:
            ours, theirs = socket.socketpair()
            with ours:
                with theirs:
                    request = json.dumps({"limits": asdict(limits), "tracks": tracks}).encode()
                    self._send(request, [file_fd, memory_fd, theirs.fileno()])
                ours.settimeout(limits.decode_timeout_s + _GRACE_S)
                answer = _first_line(ours)
            if "error" in answer or "ended" in answer:
                raise _error_of(answer)
            size = os.fstat(memory_fd).st_size
            data = memoryview(mmap.mmap(memory_fd, size, access=mmap.ACCESS_COPY) if size else b"")
        finally:
            os.close(memory_fd)
        return {**answer, "sha256": digest}, data

    def _send(self, request: bytes, descriptors: Sequence[int]) -> None:
        with self._lock:
            try:
                if not self._ready:
                    self._ready = bool(self._control.recv(16))
                socket.send_fds(self._control, [request], descriptors)
            except OSError as error:
                raise _crashed() from error

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


def _first_line(reply: socket.socket) -> dict[str, Any]:
    received = bytearray()
    try:
        while b"\n" not in received:
            piece = reply.recv(1 << 16)
            if not piece:
                return {"ended": 70}
            received += piece
    except TimeoutError:
        return {"ended": _SIGALRM_STATUS}
    answer: dict[str, Any] = json.loads(received[: received.index(b"\n")])
    return answer


def _error_of(answer: dict[str, Any]) -> ClipError:
    if "ended" in answer:
        status = answer["ended"]
        _log.warning("decoder child ended with %s: %s", status, answer.get("detail", "no word"))
        return _timeout() if status in {_SIGALRM_STATUS, _SIGXCPU_STATUS} else _crashed()
    if answer["error"] == DecodeMemory.code:
        return _memory()
    return _ERRORS[answer["error"]](Text(answer["zh"], answer["en"]))


_log = logging.getLogger(__name__)
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


def arrays_of(answer: dict[str, Any], data: memoryview) -> tuple[Any, list[Any]]:
    """Waveform (float32 or None) and pictures (uint8) as views of `data`, without a copy."""
    offset, waveform = 0, None
    if answer["samples"] is not None:
        waveform = np.frombuffer(data, dtype=np.float32, count=answer["samples"])
        offset = waveform.nbytes
    pictures = []
    for frame in answer["frames"]:
        shape = (frame["height"], frame["width"], 3)
        size = shape[0] * shape[1] * 3
        pictures.append(np.frombuffer(data, np.uint8, size, offset).reshape(shape))
        offset += size
    return waveform, pictures
