"""The decoder's process: loads the decoders once, then forks one child for each clip.

    service ──control socket──► this process ──fork──► child: one clip, under limits, then gone
       ▲                                                 │
       └───────── reply socket: one JSON line ◄──────────┤
       └───────── memory file:  samples and pixels ◄─────┘

What a child may do: read the one file handed to it as an open descriptor, write to the memory file
and the reply socket. It cannot open any file (descriptor limit), write files (size limit on
everything but the memory file it got), use more than its memory and time, or outlive its parent.
Started by `decoder_client`; run as `python -m tingzhen.media.decoder_process FD`.
"""

import contextlib
import ctypes
import io
import json
import os
import resource
import select
import signal
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import av.logging
import cv2
import numpy as np
from PIL import Image

from tingzhen.errors import ClipError, DecodeMemory, UnknownFormat
from tingzhen.language import Text
from tingzhen.media.clip import Frame, VideoFacts
from tingzhen.media.decode import Decoded, Tracks, decode_container
from tingzhen.media.limits import Limits
from tingzhen.media.photo import read_photo
from tingzhen.media.picture import grey_small, sharpness
from tingzhen.media.sniff import SNIFF_BYTES, sniff

_PR_SET_PDEATHSIG = 1
_STATM = Path("/proc/self/statm")
_REQUEST_BYTES = 65_536


def serve(control: socket.socket) -> None:
    """Fork a child for each request on `control` until its other end is closed."""
    own_pid = os.getpid()
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    children: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), wake_read], [], [])
        if wake_read in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake_read, 4096)
            _report_ended(children)
        if control.fileno() in ready:
            message, descriptors, _, _ = socket.recv_fds(control, _REQUEST_BYTES, 3)
            if not message:
                break
            file_fd, memory_fd, reply_fd = descriptors
            reply = socket.socket(fileno=reply_fd)
            child = os.fork()
            if child == 0:
                request = json.loads(message)
                limits = Limits(**request["limits"])
                _become_child(limits, {file_fd, memory_fd, reply_fd}, own_pid)
                _run(limits, request["tracks"], file_fd, memory_fd, reply)
            os.close(file_fd)
            os.close(memory_fd)
            children[child] = reply
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _report_ended(children: dict[int, socket.socket]) -> None:
    """Tell each waiting caller how its child ended; after an answer nobody reads this."""
    while children:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == 0:
            return
        with children.pop(child) as reply, contextlib.suppress(OSError):
            code = os.waitstatus_to_exitcode(status)
            reply.sendall(json.dumps({"ended": code}).encode() + b"\n")


def _become_child(limits: Limits, keep: set[int], parent_pid: int) -> None:
    """Take on the limits. Everything that is needed is loaded; nothing can be opened from here."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.decode_timeout_s)
    os.dup2(0, 2)  # what a crashing library prints is nobody's report
    used_bytes = int(_STATM.read_text().split()[0]) * resource.getpagesize()
    for fd in [int(name) for name in os.listdir("/proc/self/fd")]:  # noqa: PTH208
        if fd > 2 and fd not in keep:
            with contextlib.suppress(OSError):
                os.close(fd)
    cpu_s = (int(limits.decode_timeout_s) + 1) * (os.cpu_count() or 1)
    for what, limit in (
        (resource.RLIMIT_AS, used_bytes + limits.max_memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, limits.max_memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _run(
    limits: Limits, tracks: Tracks, file_fd: int, memory_fd: int, reply: socket.socket
) -> NoReturn:
    """Decode, answer, and end this process whatever happens."""
    try:
        with os.fdopen(file_fd, "rb") as file:
            answer = _decode(file, memory_fd, limits, tracks)
    except ClipError as error:
        answer = {"error": error.code, "zh": error.text.zh, "en": error.text.en}
    except MemoryError:
        answer = {"error": DecodeMemory.code}
    except BaseException as error:  # noqa: BLE001
        # A defect, not a verdict on the file: the parent reports a crash with this line.
        answer = {"ended": 70, "detail": f"{type(error).__name__}: {error}"}
    usage = resource.getrusage(resource.RUSAGE_SELF)
    answer["cpu_s"] = usage.ru_utime + usage.ru_stime
    reply.sendall(json.dumps(answer).encode() + b"\n")
    os._exit(0)


def _decode(file: BinaryIO, memory_fd: int, limits: Limits, tracks: Tracks) -> dict[str, Any]:
    fmt = sniff(file.read(SNIFF_BYTES))
    file.seek(0)
    if fmt is None:
        raise UnknownFormat(
            Text("无法识别的文件格式。可用：MP4、MOV、3GP、WebM、MKV、AVI、WAV、MP3、M4A、AAC、OGG、"
                 "Opus、FLAC、AMR，照片 JPEG、PNG、WebP、HEIC。",
                 "The file's format is not accepted. Accepted: MP4, MOV, 3GP, WebM, MKV, AVI, WAV, "
                 "MP3, M4A, AAC, OGG, Opus, FLAC, AMR, and photos JPEG, PNG, WebP, HEIC.")
        )  # fmt: skip
    if fmt.family == "photo" and tracks == "sound":
        decoded = Decoded("photo", 0.0, None, None, None, ())
    elif fmt.family == "photo":
        rgb, facts = read_photo(file, fmt.name, limits)
        decoded = Decoded(
            "photo",
            0.0,
            VideoFacts(**facts),
            None,
            None,
            (Frame(rgb, 0.0, sharpness(grey_small(rgb))),),
        )
    else:
        decoded = decode_container(file, fmt.name, limits, tracks)
    return _store(decoded, memory_fd)


def _store(decoded: Decoded, memory_fd: int) -> dict[str, Any]:
    """Write samples and pixels one after the other; answer with the facts and where they lie."""
    sizes: list[list[int]] = []
    with os.fdopen(memory_fd, "wb", closefd=False) as memory:
        if decoded.waveform is not None:
            memory.write(decoded.waveform.data)
        for frame in decoded.frames:
            memory.write(frame.rgb.data)
            sizes.append([frame.rgb.shape[0], frame.rgb.shape[1]])
    return {
        "kind": decoded.kind,
        "duration_s": decoded.duration_s,
        "video": None if decoded.video is None else asdict(decoded.video),
        "audio": None if decoded.audio is None else asdict(decoded.audio),
        "samples": None if decoded.waveform is None else len(decoded.waveform),
        "frames": [
            {"height": height, "width": width, "time_s": frame.time_s, "sharpness": frame.sharpness}
            for frame, (height, width) in zip(decoded.frames, sizes, strict=True)
        ],
        "damaged_packets": decoded.damaged_packets,
        "partial": decoded.partial,
        "generated": decoded.generated,
    }


def _warm_up() -> None:
    """Decode a tiny clip and tiny photos, so that no library wants to load anything in a child."""
    clip = io.BytesIO()
    with av.open(clip, "w", format="mp4") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width = video.height = 16
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("aac", rate=16_000, layout="mono")
        picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        sound.sample_rate = 16_000
        for stream, frame in ((video, picture), (audio, sound)):
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    clip.seek(0)
    decode_container(clip, "mov", Limits())
    for name in ("JPEG", "PNG", "WEBP"):
        photo = io.BytesIO()
        Image.new("RGB", (16, 16)).save(photo, name)
        photo.seek(0)
        read_photo(photo, name, Limits())


def main() -> None:
    av.logging.set_level(av.logging.PANIC)
    cv2.setNumThreads(1)
    _warm_up()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service decides when to stop
    # On wrong usage the service ends before we are ready: no reason to complain.
    with socket.socket(fileno=int(sys.argv[1])) as control, contextlib.suppress(ConnectionError):
        control.sendall(b"ready\n")
        serve(control)


if __name__ == "__main__":
    main()
