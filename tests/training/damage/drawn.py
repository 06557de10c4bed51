"""Drawn pictures: panels of one colour, scratched ones with a white stroke in a box."""

import csv
import json

import cv2
import numpy as np

SIDE_PX = 96


def draw_manifest(folder, *, groups, seed=0, sources=("drawn",)):
    """A manifest of `groups` pairs of a scratched and an undamaged panel for each source."""
    random = np.random.default_rng(seed)
    rows = []
    for source in sources:
        for group in range(groups):
            for kind in ("scratch", "undamaged"):
                panel = textured(random)
                boxes = []
                if kind == "scratch":
                    x, y = random.integers(10, 60, 2).tolist()
                    cv2.line(panel, (x, y), (x + 25, y + 18), (255, 255, 255), 3)
                    place = (x / SIDE_PX, y / SIDE_PX, 25 / SIDE_PX, 18 / SIDE_PX)
                    boxes = [["scratch", *place]]
                name = f"{source}_{kind}{seed}_{group}.png"
                cv2.imwrite(str(folder / name), panel)
                rows.append([name, source, f"{seed}_{group}", kind, json.dumps(boxes)])
    path = folder / f"manifest{seed}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "source", "group", "labels", "boxes_xywh_norm"])
        writer.writerows(rows)
    return path


def textured(random):
    """A panel with blotches of its own, so that no two pass for copies of one picture."""
    coarse = random.integers(40, 200, (4, 4, 3)).astype(np.uint8)
    return cv2.resize(coarse, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
