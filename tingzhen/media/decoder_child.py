"""One clip in a process of its own, confined before it sees the first byte.

What a child may do: read the one file handed to it as an open descriptor, write to the memory file
and the reply socket. It can open nothing, reach nothing and start nothing, has limits on memory,
time and output, and does not outlive its parent.
"""

import json
import os
import resource
import signal
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, NoReturn

from tingzhen.errors import ClipError, DecodeMemory, UnknownFormat
from tingzhen.language import Text
from tingzhen.media.clip import Frame, VideoFacts
from tingzhen.media.decode import Decoded, decode_container, decode_sound_first
from tingzhen.media.limits import Limits
from tingzhen.media.photo import read_photo
from tingzhen.media.picture import grey_small, sharpness
from tingzhen.media.sandbox import Confinement, confine
from tingzhen.media.sandbox.kernel import PR_SET_PDEATHSIG, prctl
from tingzhen.media.sniff import SNIFF_BYTES, sniff


@dataclass(frozen=True, slots=True)
class Job:
    """One request. file_fd: the clip, to read. memory_fd: for samples and pixels. reply_fd: for
    one line of JSON, or two. sound_first: a line tells of the sound before the pictures are
    decoded."""

    limits: Limits
    sound_first: bool
    file_fd: int
    memory_fd: int
    reply_fd: int


def run_child(
    job: Job, confinement: Confinement, *, parent_pid: int, parent_bytes: int
) -> NoReturn:
    """Take on the limits, decode, answer, and end this process whatever happens.

    parent_bytes: address space of the process that this one is a fork of.
    """
    _limit(job, parent_pid, parent_bytes)
    try:
        # Made before the filter is set: looking at a file is among what is refused after it.
        with os.fdopen(job.file_fd, "rb") as file, os.fdopen(job.memory_fd, "wb") as memory:
            confine(confinement)
            answer = _decode(file, memory, job)
    except ClipError as error:
        answer = {"error": error.code, "zh": error.text.zh, "en": error.text.en}
    except MemoryError:
        answer = {"error": DecodeMemory.code}
    except BaseException as error:  # noqa: BLE001
        # A defect, not a verdict on the file: the parent reports a crash with this line.
        answer = {"ended": 70, "detail": f"{type(error).__name__}: {error}"[:500]}
    usage = resource.getrusage(resource.RUSAGE_SELF)
    answer["cpu_s"] = usage.ru_utime + usage.ru_stime
    _reply(job, answer)
    os._exit(0)


def _reply(job: Job, answer: dict[str, Any]) -> None:
    line = json.dumps(answer).encode() + b"\n"
    while line:
        line = line[os.write(job.reply_fd, line) :]


def _limit(job: Job, parent_pid: int, parent_bytes: int) -> None:
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, job.limits.decode_timeout_s)
    os.dup2(0, 2)  # what a crashing library prints is nobody's report
    first = 3
    for kept in sorted((job.file_fd, job.memory_fd, job.reply_fd)):
        os.closerange(first, kept)
        first = kept + 1
    os.closerange(first, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    cpu_s = (int(job.limits.decode_timeout_s) + 1) * (os.cpu_count() or 1)
    for what, limit in (
        (resource.RLIMIT_AS, parent_bytes + job.limits.max_memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, job.limits.max_output_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _decode(file: BinaryIO, memory: BinaryIO, job: Job) -> dict[str, Any]:
    fmt = sniff(file.read(SNIFF_BYTES))
    file.seek(0)
    if fmt is None:
        raise UnknownFormat(
            Text("无法识别的文件格式。可用：MP4、MOV、3GP、WebM、MKV、AVI、WAV、MP3、M4A、AAC、OGG、"
                 "Opus、FLAC、AMR，照片 JPEG、PNG、WebP、HEIC。",
                 "The file's format is not accepted. Accepted: MP4, MOV, 3GP, WebM, MKV, AVI, WAV, "
                 "MP3, M4A, AAC, OGG, Opus, FLAC, AMR, and photos JPEG, PNG, WebP, HEIC.")
        )  # fmt: skip
    if fmt.family == "photo":
        rgb, facts = read_photo(file, fmt.name, job.limits)
        decoded = Decoded(
            "photo",
            0.0,
            VideoFacts(**facts),
            None,
            None,
            (Frame(rgb, 0.0, sharpness(grey_small(rgb))),),
        )
    elif job.sound_first:
        decoded = decode_sound_first(
            file, fmt.name, job.limits, lambda sound: _tell_sound(sound, memory, job)
        )
    else:
        decoded = decode_container(file, fmt.name, job.limits)
    return _store(decoded, memory)


def _tell_sound(sound: Decoded, memory: BinaryIO, job: Job) -> None:
    """Write the samples, which stay, and tell of them."""
    if sound.waveform is not None:
        memory.write(sound.waveform.data)
        memory.flush()
    _reply(job, {"heard": {
        "kind": sound.kind,
        "audio": None if sound.audio is None else asdict(sound.audio),
        "samples": None if sound.waveform is None else len(sound.waveform),
    }})  # fmt: skip


def _store(decoded: Decoded, memory: BinaryIO) -> dict[str, Any]:
    """Write samples, unless they are there, and pixels one after the other; answer with the facts
    and where they lie."""
    sizes: list[list[int]] = []
    if decoded.waveform is not None and not memory.tell():
        memory.write(decoded.waveform.data)
    for frame in decoded.frames:
        memory.write(frame.rgb.data)
        sizes.append([frame.rgb.shape[0], frame.rgb.shape[1]])
    memory.flush()
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
