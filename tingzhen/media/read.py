"""Open a clip safely: the one way in."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.errors import EmptyFile, NotAFile, NotFound, NotReadable, TooLarge
from tingzhen.language import Text
from tingzhen.media.clip import AudioFacts, Clip, Frame, Sound, VideoFacts
from tingzhen.media.decoder_client import shared_decoder
from tingzhen.media.limits import Limits
from tingzhen.media.quality import assess, sound_codes


def read_clip(
    path: str | os.PathLike[str],
    *,
    limits: Limits | None = None,
    name: str | None = None,
    sha256: str | None = None,
    heard: Callable[[Sound], None] | None = None,
) -> Clip:
    """Decode a video, audio file or photo once, in a child process under `limits`.

    name: what to call the clip in reports; the file's own name by default. sha256: of the file,
    hexadecimal, where it is known: hashing it costs as much as decoding its sound. heard: given
    the sound as soon as it is decoded, in the calling thread, which is long before the pictures
    are; it is the same as in the clip.
    Raises ClipError: NotFound, NotAFile (folder, symbolic link, FIFO, device), NotReadable,
    EmptyFile, TooLarge, UnknownFormat and what the decoder says (see `tingzhen.errors`).
    """
    limits = limits or Limits()
    where = Path(path)
    fd, size = _open_regular(where, limits)
    try:
        decoded = shared_decoder().decode(
            fd, limits, sha256=sha256, heard=None if heard is None else _sound_to(heard)
        )
    finally:
        os.close(fd)
    answer = decoded.facts
    if heard is not None and answer["kind"] == "photo":
        heard(Sound("photo", None, None, ()))
    clip = Clip(
        name=name or os.fsencode(where.name).decode("utf-8", "replace"),
        sha256=answer["sha256"],
        bytes=size,
        kind=answer["kind"],
        duration_s=answer["duration_s"],
        video=answer["video"] and VideoFacts(**answer["video"]),
        audio=answer["audio"] and AudioFacts(**answer["audio"]),
        waveform=decoded.waveform,
        frames=tuple(
            Frame(rgb, facts["time_s"], facts["sharpness"])
            for rgb, facts in zip(decoded.pictures, answer["frames"], strict=True)
        ),
        damaged_packets=answer["damaged_packets"],
        generated=answer["generated"],
        decode_cpu_s=answer["cpu_s"],
    )
    return assess(clip, partial=answer["partial"])


def _sound_to(
    heard: Callable[[Sound], None],
) -> Callable[[dict[str, Any], NDArray[np.float32] | None], None]:
    def tell(facts: dict[str, Any], waveform: NDArray[np.float32] | None) -> None:
        quality = () if waveform is None else tuple(sound_codes(waveform))
        audio = facts["audio"] and AudioFacts(**facts["audio"])
        heard(Sound(facts["kind"], waveform, audio, quality))

    return tell


def _open_regular(path: Path, limits: Limits) -> tuple[int, int]:
    """Descriptor and bytes of a regular file; nothing else is ever opened."""
    try:
        before = path.lstat()
        if not stat.S_ISREG(before.st_mode):
            raise _not_a_file(before.st_mode)
        # Between the look and the opening the name may come to mean something else.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(
            Text("找不到文件，请检查路径。", "There is no such file. Check the path.")
        ) from error
    except (OSError, ValueError) as error:
        raise NotReadable(
            Text(
                "文件无法打开，请检查访问权限。",
                "The file cannot be opened. Check its permissions.",
            )
        ) from error
    found = os.fstat(fd)
    problem: Exception | None = None
    if not stat.S_ISREG(found.st_mode):
        problem = _not_a_file(found.st_mode)
    elif found.st_size == 0:
        problem = EmptyFile(
            Text(
                "文件是空的。请重新录制或重新上传。", "The file is empty. Record or send it again."
            )
        )
    elif found.st_size > limits.max_bytes:
        allowed = limits.max_bytes / 1e6
        problem = TooLarge(
            Text(f"文件大小为 {found.st_size / 1e6:.0f} MB，上限为 {allowed:.0f} MB。"
                 "请截取较短的一段，或以较低分辨率录制。",
                 f"The file has {found.st_size / 1e6:.0f} MB; {allowed:.0f} MB are accepted. "
                 "Cut out a shorter part or record at a lower resolution.")
        )  # fmt: skip
    if problem is not None:
        os.close(fd)
        raise problem
    return fd, found.st_size


def _not_a_file(mode: int) -> NotAFile:
    if stat.S_ISLNK(mode):
        return NotAFile(
            Text("这是一个符号链接。请直接给出它所指向的文件。",
                 "This is a symbolic link. Give the file that it points to.")
        )  # fmt: skip
    return NotAFile(
        Text("这不是普通文件。请给出视频、音频或照片文件。",
             "This is not a regular file. Give a video, an audio file or a photo.")
    )  # fmt: skip
