"""What the confined child costs, beside decoding the same file in this process.

    python -m benchmarks.sandbox [--repeat 40] [CLIP...]

For each clip: wall and CPU milliseconds of both ways, their ratio and their difference. In the
sandbox: hand over, fork, confinement, decoding, checking the answer, handing back; hashing the file
and looking at its quality are left out on both sides. CPU is that of this process, the decoder's
process and its children.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.table import Table

from tests.odd.encode import moving, tone, upright_picture, write_media, write_picture
from tingzhen.media import Limits, close_decoder, shared_decoder
from tingzhen.media.decode import decode_container
from tingzhen.media.photo import read_photo
from tingzhen.media.sniff import SNIFF_BYTES, sniff

LIMITS = Limits()


def decode_here(path: Path) -> None:
    with path.open("rb") as file:
        fmt = sniff(file.read(SNIFF_BYTES))
        file.seek(0)
        if fmt is None:
            raise ValueError(path)
        if fmt.family == "photo":
            read_photo(file, fmt.name, LIMITS)
        else:
            decode_container(file, fmt.name, LIMITS)


def decode_confined(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        shared_decoder().decode(fd, LIMITS)
    finally:
        os.close(fd)


def measured(way: Callable[[Path], None], path: Path, repeat: int) -> tuple[float, float]:
    """Wall (median) and CPU (mean) milliseconds of one decoding; the first one is not counted."""
    way(path)
    decoder = psutil.Process(shared_decoder()._process.pid)
    walls = []
    started = time.process_time() + sum(decoder.cpu_times()[:4])
    for _ in range(repeat):
        begun = time.perf_counter()
        way(path)
        walls.append(time.perf_counter() - begun)
    time.sleep(0.05)  # the last child is waited for
    spent = time.process_time() + sum(decoder.cpu_times()[:4]) - started
    return 1000 * statistics.median(walls), 1000 * spent / repeat


def made(folder: Path) -> list[Path]:
    """A short sound, a photo, and a 1080p clip of five seconds."""
    sound, photo, clip = folder / "sound-1s.wav", folder / "photo.jpg", folder / "1080p-5s.mp4"
    write_media(sound, sound=tone(1.0), sound_codec="pcm_s16le")
    write_picture(photo, upright_picture(1600, 1200))
    write_media(clip, frames=moving(1920, 1080, 50), sound=tone(5.0))
    return [sound, photo, clip]


def main(
    clips: Annotated[list[Path] | None, typer.Argument(help="Clips; generated without.")] = None,
    repeat: Annotated[int, typer.Option(min=3, help="Times that each clip is decoded.")] = 40,
) -> None:
    table = Table("clip", "in process, ms", "confined, ms", "ratio", "more, ms",
                  "CPU in process", "CPU confined", "CPU more",
                  title=f"median of {repeat}, CPU: mean")  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        for path in clips or made(Path(name)):
            here, here_cpu = measured(decode_here, path, repeat)
            apart, apart_cpu = measured(decode_confined, path, repeat)
            table.add_row(
                path.name, f"{here:.1f}", f"{apart:.1f}", f"{apart / here:.2f}",
                f"{apart - here:.1f}", f"{here_cpu:.1f}", f"{apart_cpu:.1f}",
                f"{apart_cpu - here_cpu:.1f}",
            )  # fmt: skip
    close_decoder()
    Console(width=110).print(table)


if __name__ == "__main__":
    typer.run(main)
