"""Draws what training sees, for a person to judge: pictures with their boxes and places.

    python -m benchmarks.damage_pictures --data MANIFEST.csv --out sheet.jpg [--count 48]
        [--side-px 384] [--seed 0] [--source NAME] [--only TRANSFORM]

Green: a box with its type. Yellow: places that say "present" of any type. Below each picture: its
source, how it is framed, and what it says. --only spoils every picture with one transform alone, by
its class name, so that its range can be seen.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from tingzhen.datasets.damage_manifest import DamagePicture, read_damage_manifest
from tingzhen.training.damage import lens, light, obstacles, sensor
from tingzhen.training.damage.augmentation import Seen, see
from tingzhen.training.damage.squares import stretched
from tingzhen.training.damage.truth import PRESENT
from tingzhen.training.damage_measuring.pictures import read_picture
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

SQUARE_PX = 512
SHOWN_PX = 256
COLUMNS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--side-px", type=int, default=384)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--source")
    parser.add_argument("--only")
    arguments = parser.parse_args()
    pictures = [
        picture for picture in read_damage_manifest(arguments.data)
        if arguments.source in {None, picture.source}
    ]  # fmt: skip
    spoil = _transform(arguments.only) if arguments.only else None
    random = np.random.default_rng(arguments.seed)
    shown = []
    for index in random.choice(len(pictures), arguments.count, replace=len(pictures) < 1000):
        picture = pictures[int(index)]
        square = stretched(read_picture(picture), SQUARE_PX)
        seed = int(random.integers(2**31))
        seen = see(
            picture, square, arguments.side_px, arguments.side_px // 16, seed, spoil=spoil
        )  # fmt: skip
        shown.append(_drawn(picture, seen))
    shown += [np.zeros_like(shown[0])] * (-len(shown) % COLUMNS)
    rows = [np.hstack(shown[i : i + COLUMNS]) for i in range(0, len(shown), COLUMNS)]
    cv2.imwrite(str(arguments.out), np.vstack(rows)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


def _transform(name: str):
    for module in (light, lens, sensor, obstacles):
        if hasattr(module, name):
            return getattr(module, name)(1.0)
    raise SystemExit(f"there is no transform {name}")


def _drawn(picture: DamagePicture, seen: Seen) -> np.ndarray:
    rgb = cv2.resize(seen.rgb, (SHOWN_PX, SHOWN_PX), interpolation=cv2.INTER_AREA)
    present = (seen.places == PRESENT).any(axis=0).astype(np.uint8)
    present = cv2.resize(present, (SHOWN_PX, SHOWN_PX), interpolation=cv2.INTER_NEAREST)
    edge = cv2.morphologyEx(present, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    rgb[edge > 0] = (255, 220, 0)
    for box in seen.boxes:
        left, top, right, bottom = (round(edge * SHOWN_PX) for edge in box.place)
        cv2.rectangle(rgb, (left, top), (right - 1, bottom - 1), (0, 220, 0), 1)
        _write(rgb, DAMAGE_TYPES[box.type_index][:12], (left + 2, top + 11), (0, 255, 0))
    says = [DAMAGE_TYPES[i][:9] for i in np.flatnonzero(seen.targets == 1)]
    unsaid = int(np.isnan(seen.targets[: len(VISIBLE_DAMAGES)]).sum())
    foot = np.full((30, SHOWN_PX, 3), 25, np.uint8)
    _write(foot, f"{picture.source[:16]} {seen.framing.kind}", (3, 12), (200, 200, 200))
    _write(foot, f"{' '.join(says) or '-'} ?{unsaid}", (3, 25), (255, 255, 120))
    return np.vstack([rgb, foot])


def _write(rgb: np.ndarray, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.putText(rgb, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(rgb, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.36, colour, 1, cv2.LINE_AA)


if __name__ == "__main__":
    main()
