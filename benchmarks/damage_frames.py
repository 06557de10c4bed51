"""32 frames of 1080p through the damage recogniser, decoded already, on two cores.

    python -m benchmarks.damage_frames [--model BUNDLE ...] [--repeat 5] [--cores 2]

For each bundle: seconds of wall clock, and the ratio to its network alone on squares of the right
size, which is what shrinking, calibration and the maps cost beside it. With several bundles also
the ratio to the first. Frames are noise that was smoothed, so that nothing depends on a clip.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.vision import DamageRecogniser
from tingzhen.vision.geometry import fit_square

FRAMES = 32
BATCH = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, nargs="+", default=[MODELS_DIR / "damage"])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    # Before any session is opened: ONNX Runtime makes as many threads as the process may use.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    frames = _frames()
    first = None
    print("| bundle | px | form | 32 frames, s | to its network alone | to the first |")
    print("|---|---|---|---|---|---|")
    for path in arguments.model:
        bundle = open_bundle(path, "damage")
        recogniser = DamageRecogniser(bundle)
        squares = np.stack(
            [fit_square(frame, recogniser.input_px)[0].transpose(2, 0, 1) for frame in frames]
        )

        def network(session=bundle.session, squares=squares) -> None:
            for start in range(0, FRAMES, BATCH):
                session.run(
                    ["scores", "map", "distance"], {"pictures": squares[start : start + BATCH]}
                )

        whole = _median_s(lambda own=recogniser: own.score(frames), arguments.repeat)
        alone = _median_s(network, arguments.repeat)
        first = first or whole
        name = f"{bundle.info.name} {bundle.info.version}"
        form = bundle.metadata.get("form", "float16")
        print(
            f"| {name} | {recogniser.input_px} | {form} | {whole:.2f} | {whole / alone:.2f} | "
            f"{whole / first:.2f} |"
        )


def _frames() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (FRAMES, 27, 48, 3), dtype=np.uint8)
    return [cv2.resize(one, (1920, 1080), interpolation=cv2.INTER_CUBIC) for one in coarse]


def _median_s(work: Callable[[], object], repeat: int) -> float:
    work()
    taken = []
    for _ in range(repeat):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return median(taken)


if __name__ == "__main__":
    main()
