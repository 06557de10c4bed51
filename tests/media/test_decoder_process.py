"""The decoder's children: limits that hold, and nothing left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.bare_machine import X86_ONLY, on_a_machine_without_layers
from tests.odd.files import OddFile
from tingzhen.errors import (
    ClipError,
    DecodeMemory,
    DecoderCrashed,
    DecodeTimeout,
    TooLarge,
    TooLong,
    TooManyPixels,
)
from tingzhen.media import Limits, close_decoder, read_clip, shared_decoder

OddFiles = dict[str, OddFile]


def test_time_limit(odd_files: OddFiles) -> None:
    with pytest.raises(DecodeTimeout):
        read_clip(odd_files["4k.mp4"].path, limits=Limits(decode_timeout_s=0.005))


def test_memory_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (5000, 5000)).save(path, compress_level=1)
    with pytest.raises(DecodeMemory):
        read_clip(path, limits=Limits(max_memory_bytes=40_000_000))
    assert read_clip(path).frames, "the next clip is not affected"


def test_limits_of_the_file(odd_files: OddFiles) -> None:
    path = odd_files["4k.mp4"].path
    with pytest.raises(TooLarge):
        read_clip(path, limits=Limits(max_bytes=1000))
    with pytest.raises(TooManyPixels):
        read_clip(path, limits=Limits(max_pixels=1000))
    with pytest.raises(TooLong):
        read_clip(odd_files["variable-frame-rate.mp4"].path, limits=Limits(max_duration_s=0.5))


def test_out_of_time_softly_keeps_keyframes_and_says_so(odd_files: OddFiles) -> None:
    path = odd_files["variable-frame-rate.mp4"].path
    hurried = read_clip(path, limits=Limits(decode_soft_s=0.0))
    assert hurried.frames
    assert "partly_decoded" in [fact.code for fact in hurried.quality]
    assert len(hurried.frames) <= len(read_clip(path).frames)


def test_frames_are_bounded_in_number_and_size(odd_files: OddFiles) -> None:
    limits = Limits(max_frames=2, frame_side_px=200)
    clip = read_clip(odd_files["variable-frame-rate.mp4"].path, limits=limits)
    assert 1 <= len(clip.frames) <= 2
    assert max(clip.frames[0].rgb.shape) == 200


def test_many_at_once_each_get_their_own(odd_files: OddFiles) -> None:
    names = ["turned-90.mp4", "photo.webp", "voice-memo.m4a", "random-bytes.mp4"] * 3

    def kind(name: str) -> str:
        try:
            return read_clip(odd_files[name].path).kind
        except ClipError as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(kind, names))
    assert found == ["video", "photo", "audio", "unknown_format"] * 3


def test_a_killed_child_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (8000, 8000)).save(path, compress_level=1)
    decoder = shared_decoder()._process.pid
    children = Path(f"/proc/{decoder}/task/{decoder}/children")

    def kill_first_child() -> bool:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for pid in children.read_text().split():
                os.kill(int(pid), signal.SIGKILL)
                return True
        return False

    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(kill_first_child)
        with pytest.raises(DecoderCrashed):
            read_clip(path)
    assert killed.result()
    assert read_clip(path).frames, "the next clip is not affected"


def test_a_dead_decoder_is_replaced(odd_files: OddFiles) -> None:
    read_clip(odd_files["photo.webp"].path)
    process = shared_decoder()._process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert read_clip(odd_files["photo.webp"].path).kind == "photo"


def test_closing_leaves_no_process(odd_files: OddFiles) -> None:
    read_clip(odd_files["photo.webp"].path)
    pid = shared_decoder()._process.pid
    close_decoder()
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("end", ["pass", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_no_process_outlives_its_service(odd_files: OddFiles, end: str, tmp_path: Path) -> None:
    script = f"""
        import os, signal, sys
        from tingzhen.media import read_clip, shared_decoder
        read_clip({str(odd_files["photo.webp"].path)!r})
        print(shared_decoder()._process.pid, flush=True)
        {end}
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    pid = int(done.stdout)
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not psutil.pid_exists(pid)
    assert done.stderr == ""


def first_child_of(decoder: int, timeout_s: float = 20) -> int:
    """The child that the decoder's process forks next."""
    children = Path(f"/proc/{decoder}/task/{decoder}/children")
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        for pid in children.read_text().split():
            return int(pid)
    raise AssertionError("no child was seen")


def large_png(folder: Path) -> Path:
    path = folder / "large.png"
    Image.new("RGB", (8000, 8000)).save(path, compress_level=1)
    return path


def test_the_child_that_decodes_is_confined(tmp_path: Path) -> None:
    path = large_png(tmp_path)
    decoder = shared_decoder()
    in_force = {layer.name for layer in decoder.layers() if layer.in_force}

    def look() -> tuple[dict[str, str], bool, bool]:
        folder = Path(f"/proc/{first_child_of(decoder._process.pid)}")
        while True:
            lines = (folder / "status").read_text().splitlines()
            status = {name: value.strip() for name, _, value in (x.partition(":") for x in lines)}
            if status["Seccomp"] == "2":
                break
        network = (folder / "ns/net").readlink() != Path("/proc/self/ns/net").readlink()
        return status, network, len(list((folder / "fd").iterdir())) <= 6

    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(look)
        assert read_clip(path).frames
        status, own_network, few_files = seen.result()
    assert status["NoNewPrivs"] == "1"
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert own_network == ("network" in in_force)
    assert few_files, "the standard streams, the clip, the memory file and the answer"


def test_a_child_that_stops_its_clock_is_ended(tmp_path: Path) -> None:
    path = large_png(tmp_path)
    decoder = shared_decoder()._process.pid

    def stop() -> int:
        child = first_child_of(decoder)
        os.kill(child, signal.SIGSTOP)
        return child

    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(stop)
        with pytest.raises(DecodeTimeout):
            read_clip(path, limits=Limits(decode_timeout_s=0.5))
    deadline = time.monotonic() + 5
    while psutil.pid_exists(stopped.result()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not psutil.pid_exists(stopped.result())


def test_the_decoder_is_told_no_secrets(
    odd_files: OddFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINGZHEN_VEHICLE_SECRET", "0123456789abcdef")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fedcba9876543210")
    close_decoder()
    read_clip(odd_files["photo.webp"].path)
    told = psutil.Process(shared_decoder()._process.pid).environ()
    assert "PATH" in told
    assert not {"TINGZHEN_VEHICLE_SECRET", "AWS_SECRET_ACCESS_KEY"} & told.keys()
    assert "0123456789abcdef" not in str(told)


@X86_ONLY
def test_where_nothing_confines_the_decoder_nothing_is_decoded(odd_files: OddFiles) -> None:
    lines = on_a_machine_without_layers(f"""
        from tingzhen.errors import ClipError
        from tingzhen.media import read_clip
        try:
            read_clip({str(odd_files["photo.webp"].path)!r})
        except ClipError as error:
            print(error.code, "TINGZHEN_SANDBOX" in error.text.en, "seccomp" in error.text.zh)
    """)
    assert lines == ["sandbox_missing True True"]


@X86_ONLY
def test_a_setting_goes_on_with_what_there_is_and_says_what_that_is(odd_files: OddFiles) -> None:
    lines = on_a_machine_without_layers(f"""
        from tingzhen.media import Limits, read_clip, shared_decoder
        clip = read_clip({str(odd_files["photo.webp"].path)!r}, limits=Limits(sandbox="available"))
        print(len(clip.frames))
        print([layer.name for layer in shared_decoder().layers() if layer.in_force])
    """)
    assert lines == ["1", "['privileges']"]


def test_limits_are_frozen_and_complete() -> None:
    assert replace(Limits(), max_bytes=1).max_bytes == 1
    numbers = set(Limits.__slots__) - {"sandbox", "decode_threads"}
    assert all(getattr(Limits(), name) > 0 for name in numbers)


def test_threads_change_nothing_but_the_wait(odd_files: OddFiles) -> None:
    for name in ("4k.mp4", "variable-frame-rate.mp4"):
        path = odd_files[name].path
        one, many = (read_clip(path, limits=Limits(decode_threads=n)) for n in (1, 0))
        assert len(one.frames) == len(many.frames) > 0
        for here, there in zip(one.frames, many.frames, strict=True):
            assert here.time_s == there.time_s
            assert (here.rgb == there.rgb).all()
