"""The three ways to treat a clip, each in a process of its own; prints one JSON object.

    python -m benchmarks.ways ours|naive|floor CLIP [--repeat N]

The first treatment warms the process up and is not counted. CPU seconds are those of the process
and, for ours, of its decoder and the decoder's children.
"""

import argparse
import json
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

Parts = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=sorted(WAYS))
    parser.add_argument("clip", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    started = time.process_time()
    treat, children_cpu_s = WAYS[arguments.way](arguments.clip)
    treat()
    time.sleep(0.2)  # ended children are counted once they are waited for
    start_cpu_s = time.process_time() - started
    cpu_s, wall_s, parts = [], [], []
    for _ in range(arguments.repeat):
        cpu, children, wall = time.process_time(), children_cpu_s(), time.perf_counter()
        parts.append(treat())
        wall_s.append(time.perf_counter() - wall)
        spent = time.process_time() - cpu
        time.sleep(0.2)
        cpu_s.append(spent + children_cpu_s() - children)
    print(
        json.dumps(
            {"way": arguments.way, "clip": arguments.clip.name, "cpu_s": cpu_s, "wall_s": wall_s,
             "first_cpu_s": start_cpu_s, "parts": parts}
        )
    )  # fmt: skip


class _Stages:
    """CPU seconds of this process from one mark to the next."""

    def __init__(self) -> None:
        self.parts: Parts = {}
        self._last = time.process_time()

    def mark(self, name: str) -> None:
        now = time.process_time()
        self.parts[name] = self.parts.get(name, 0.0) + now - self._last
        self._last = now


def ours(clip: Path) -> tuple[Callable[[], Parts], Callable[[], float]]:
    """File to finished report, as the command and the service do it."""
    import psutil

    from tingzhen.diagnosis import Circumstances, diagnose, load_knowledge
    from tingzhen.media import read_clip
    from tingzhen.serving.pipeline import analyse, load_recognisers
    from tingzhen.serving.report.build import build_report
    from tingzhen.serving.settings import load_settings

    settings = load_settings()
    recognisers, knowledge = load_recognisers(settings), load_knowledge(settings.knowledge)
    limits = settings.limits()

    def treat() -> Parts:
        analysis = analyse(clip, recognisers=recognisers, knowledge=knowledge, limits=limits)
        build_report(analysis, "en").to_json()
        return {"decoder child": analysis.clip.decode_cpu_s}

    def children_cpu_s() -> float:
        """Coarse (clock ticks), but nothing is left out: the warm decoder and all it forked."""
        times = [child.cpu_times() for child in psutil.Process().children()]
        return sum(t.user + t.system + t.children_user + t.children_system for t in times)

    def treat_and_split() -> Parts:
        # One part after the other: side by side their CPU time could not be told apart.
        stages = _Stages()
        decoded = read_clip(clip, limits=limits)
        stages.mark("reading (parent)")
        noise = recognisers.noise.recognise(decoded.waveform)
        stages.mark("noise")
        damage = recognisers.damage.recognise(decoded.frames)
        stages.mark("damage")
        diagnose(knowledge, noise, damage, Circumstances())
        stages.mark("diagnosis")
        return stages.parts

    treat()
    split = treat_and_split()
    return (lambda: treat() | split), children_cpu_s


def floor(clip: Path) -> tuple[Callable[[], Parts], Callable[[], float]]:
    """PyAV decodes the packets that ours decodes, and nothing is done with them."""
    import av

    from tingzhen.media import Limits
    from tingzhen.media.decode import decode_container
    from tingzhen.media.sniff import SNIFF_BYTES, sniff

    with clip.open("rb") as file:
        found = sniff(file.read(SNIFF_BYTES))
        assert found is not None
        file.seek(0)
        needed = frozenset(decode_container(file, found.name, Limits()).decoded_packets)

    def treat() -> Parts:
        stages = _Stages()
        # Bare decoding would not look at packets to learn what the header says.
        options = {"probesize": "32", "analyzeduration": "1"} if found.name == "mov" else {}
        with av.open(str(clip), options=options, format=found.name) as container:
            video = next(iter(container.streams.video), None)
            audio = next(iter(container.streams.audio), None)
            if video is not None:
                video.thread_type = "AUTO"
            stages.mark("open")
            number = 0
            for packet in container.demux([s for s in (video, audio) if s is not None]):
                stages.mark("demux")
                if packet.stream is video and packet.size:
                    number += 1
                    if number - 1 not in needed:
                        continue
                packet.decode()
                stages.mark("video" if packet.stream is video else "audio")
        stages.mark("open")
        return stages.parts

    return treat, lambda: 0.0


def naive(clip: Path) -> tuple[Callable[[], Parts], Callable[[], float]]:
    """What one would write first: OpenCV reads all frames, librosa the sound, torch does the rest.

    librosa needs a WAV where no ffmpeg program is installed, so PyAV writes one for it.
    """
    import cv2
    import librosa
    import numpy as np
    import torch

    from benchmarks.eager import damage_network, noise_network

    hear, (see, side_px) = noise_network(), damage_network()

    def treat() -> Parts:
        stages = _Stages()
        frames = []
        capture = cv2.VideoCapture(str(clip))
        per_s = round(capture.get(cv2.CAP_PROP_FPS)) or 30
        number = 0
        while True:
            found, frame = capture.read()
            if not found:
                break
            if number % per_s == 0:
                frames.append(frame)
            number += 1
        capture.release()
        stages.mark("all frames")
        sound = _sound_of(clip, librosa)
        stages.mark("sound")
        with torch.inference_mode():
            if sound is not None:
                hear(torch.from_numpy(sound[None]))
            stages.mark("noise")
            for frame in frames:
                rgb = cv2.cvtColor(cv2.resize(frame, (side_px, side_px)), cv2.COLOR_BGR2RGB)
                see(torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)))[None])
            stages.mark("damage")
        return stages.parts

    return treat, lambda: 0.0


def _sound_of(clip: Path, librosa: Any) -> Any:
    import av
    import numpy as np

    with av.open(str(clip)) as container:
        stream = next(iter(container.streams.audio), None)
        if stream is None:
            return None
        resampler = av.AudioResampler("s16", stream.layout, stream.rate)
        pieces = [
            piece.to_ndarray()
            for frame in container.decode(stream)
            for piece in resampler.resample(frame)
        ]
        channels, rate = stream.channels, stream.rate
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        with wave.open(file, "wb") as out:
            out.setnchannels(channels)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(np.concatenate(pieces, axis=1).tobytes())
        return librosa.load(file.name, sr=16_000, mono=True)[0]


WAYS = {"ours": ours, "naive": naive, "floor": floor}

if __name__ == "__main__":
    main()
