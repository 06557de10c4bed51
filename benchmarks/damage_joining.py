"""What joining damages over frames costs beside the network that looks at them.

    OMP_NUM_THREADS=1 python -m benchmarks.damage_joining [CLIP...] [--repeat 5]

Without a clip: 24 frames of a pan over a generated car. CPU time of one thread, for each frame that
is scored: the network; the camera's motion; and all of the judging (motion included) in the worst
case, when every type is sighted in every frame. Clips in which nothing is sighted pay for neither.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.media import Frame, read_clip
from tingzhen.media.sample_picture import damaged_car_side
from tingzhen.vision import DamageRecogniser
from tingzhen.vision.frames import TimedFrame, choose_frames
from tingzhen.vision.judge import judge
from tingzhen.vision.motion import camera_motion
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

FRAMES = 24
WIDTH, HEIGHT = 960, 540  # what media hands on of 1080p


def pan() -> list[Frame]:
    """A camera that goes along the car and back."""
    scene = damaged_car_side(np.random.default_rng(0))
    widest = scene.shape[1] - WIDTH
    left = (widest / 2 * (1 - np.cos(np.linspace(0, 2 * np.pi, FRAMES)))).astype(int)
    top = (scene.shape[0] - HEIGHT) // 2
    seen = [scene[top : top + HEIGHT, x : x + WIDTH] for x in left]
    return [Frame(np.ascontiguousarray(rgb), 1.25 * i, 200.0) for i, rgb in enumerate(seen)]


def cpu_ms(work: Callable[[], object], repeat: int) -> float:
    """Median CPU time of this thread."""
    spent = []
    for _ in range(repeat):
        started = time.thread_time()
        work()
        spent.append((time.thread_time() - started) * 1000)
    return float(np.median(spent))


def measure(
    recogniser: DamageRecogniser, frames: Sequence[TimedFrame], repeat: int
) -> tuple[float, float, float]:
    """Milliseconds a frame: network, motion, judging at its worst."""
    pictures = [frame.rgb for frame in frames]
    scores, placements = recogniser.score(pictures)
    none = np.zeros(len(VISIBLE_DAMAGES), np.float32)
    eager = replace(
        recogniser.limits, report=none + 1e-6, doubt=none, not_vehicle=2.0, distance=9.0
    )
    return tuple(
        cpu_ms(work, repeat) / len(frames)
        for work in (
            lambda: recogniser.score(pictures),
            lambda: camera_motion(pictures),
            lambda: judge(frames, scores, placements, eager),
        )
    )  # type: ignore[return-value]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    recogniser = DamageRecogniser(open_bundle(MODELS_DIR / "damage", "damage"))
    named = {path.stem: read_clip(path).frames for path in asked.clips} or {"generated pan": pan()}
    print("| clip | frames | network, ms | motion, ms | judging, ms | judging / network |")
    print("|---|---|---|---|---|---|")
    for name, frames in named.items():
        chosen = choose_frames(frames)
        network, motion, judging = measure(recogniser, chosen, asked.repeat)
        print(f"| {name} | {len(chosen)} | {network:.1f} | {motion:.1f} | {judging:.1f} "
              f"| {judging / network:.2f} |")  # fmt: skip


if __name__ == "__main__":
    main()
