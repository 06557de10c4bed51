"""The decoder's process: loads the decoders once, then forks one child for each clip.

    service ──control socket──► this process ──fork──► child: one clip, confined, then gone
       ▲                                                 │
       └───────── reply socket: JSON lines ◄─────────────┤
       └───────── memory file:  samples and pixels ◄─────┘

It never looks at a clip. When everything is loaded it gives up files, network and privileges, which
its children inherit (`sandbox`), and tells the service what is in force.
Started by `decoder_client`; run as `python -m tingzhen.media.decoder_process FD`.
"""

import contextlib
import gc
import io
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import asdict, dataclass
from typing import Final

import av
import av.logging
import av.subtitles.codeccontext
import av.subtitles.subtitle  # with the last: PyAV imports them at a file's first subtitles
import cv2
import numpy as np
from PIL import Image

from tingzhen.media.decode import decode_container
from tingzhen.media.decoder_child import Job, run_child
from tingzhen.media.limits import Limits
from tingzhen.media.photo import read_photo
from tingzhen.media.sandbox import Confinement, detect_and_isolate

_REQUEST_BYTES: Final = 65_536
# Of this process; a child has fewer. Bounds how many clips can be decoded at once.
_MAX_DESCRIPTORS: Final = 4096
# A child ends itself at its time limit. One that no longer can is ended this much later.
_GRACE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Child:
    reply: socket.socket
    deadline_s: float


def serve(control: socket.socket, confinement: Confinement, statm_fd: int) -> None:
    """Fork a child for each request on `control` until its other end is closed.

    statm_fd: /proc/self/statm, opened while that was possible.
    """
    own_pid = os.getpid()
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    children: dict[int, _Child] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), wake_read], [], [], _next_wake_s(children))
        if wake_read in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake_read, 4096)
            _report_ended(children)
        _end_overdue(children)
        if control.fileno() in ready:
            message, descriptors, _, _ = socket.recv_fds(control, _REQUEST_BYTES, 3)
            if not message:
                break
            request = json.loads(message)
            job = Job(Limits(**request["limits"]), request["sound_first"], *descriptors)
            own_bytes = int(os.pread(statm_fd, 64, 0).split()[0]) * resource.getpagesize()
            child = os.fork()
            if child == 0:
                run_child(job, confinement, parent_pid=own_pid, parent_bytes=own_bytes)
            os.close(job.file_fd)
            os.close(job.memory_fd)
            reply = socket.socket(fileno=job.reply_fd)
            deadline_s = time.monotonic() + job.limits.decode_timeout_s + _GRACE_S
            children[child] = _Child(reply, deadline_s)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _next_wake_s(children: dict[int, _Child]) -> float | None:
    if not children:
        return None
    return max(0.0, min(child.deadline_s for child in children.values()) - time.monotonic())


def _end_overdue(children: dict[int, _Child]) -> None:
    """End what has stopped its own clock; the kernel's SIGCHLD then brings it to its report."""
    for pid, child in children.items():
        if time.monotonic() >= child.deadline_s:
            os.kill(pid, signal.SIGKILL)


def _report_ended(children: dict[int, _Child]) -> None:
    """Tell each waiting caller how its child ended; after an answer nobody reads this."""
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        child = children.pop(pid)
        answer: dict[str, int] = {"ended": os.waitstatus_to_exitcode(status)}
        if time.monotonic() >= child.deadline_s:
            answer = {"ended": -signal.SIGALRM}
        with child.reply as reply, contextlib.suppress(OSError):
            # Never waits: the child may have filled the socket.
            reply.send(json.dumps(answer).encode() + b"\n", socket.MSG_DONTWAIT)


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
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = _MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MAX_DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    statm_fd = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    confinement = detect_and_isolate()
    # A child that collects garbage would otherwise copy every page that it looks at, for 40 ms.
    gc.collect()
    gc.freeze()
    # On wrong usage the service ends before we are ready: no reason to complain.
    with socket.socket(fileno=int(sys.argv[1])) as control, contextlib.suppress(ConnectionError):
        control.send(json.dumps([asdict(layer) for layer in confinement.layers]).encode())
        serve(control, confinement, statm_fd)


if __name__ == "__main__":
    main()
