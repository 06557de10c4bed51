"""Generated pictures that no vehicle photograph looks like: what a recogniser must not answer."""

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE_PX = 320
KINDS = ("black", "grey", "white", "gradient", "noise", "blurred_noise", "stripes", "checks",
         "text", "shapes")  # fmt: skip


def odd_pictures(*, of_each: int = 6, seed: int = 0) -> list[tuple[str, NDArray[np.uint8]]]:
    """(kind, uint8 (320, 320, 3) RGB), so many of each kind; the same for the same seed."""
    pictures = []
    for number, kind in enumerate(KINDS):
        for repeat in range(of_each):
            random = np.random.default_rng([seed, number, repeat])
            drawn = np.clip(_draw(kind, random), 0, 255).astype(np.uint8)
            pictures.append((kind, np.ascontiguousarray(drawn)))
    return pictures


def _draw(kind: str, random: np.random.Generator) -> NDArray[np.generic]:
    shape = (SIDE_PX, SIDE_PX, 3)
    flat = {"black": 0, "grey": 128, "white": 250}
    if kind in flat:
        # A covered lens is never quite even.
        return np.full(shape, flat[kind], np.float64) + random.normal(0, 2, shape)
    if kind == "noise":
        return random.integers(0, 256, shape)
    if kind == "blurred_noise":
        noise = random.normal(0, 1, shape)
        soft = cv2.GaussianBlur(noise, (0, 0), random.uniform(6, 30))
        return 128 + 90 * soft / soft.std() * 0.6
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX] / SIDE_PX
    colours = random.integers(0, 256, (2, 3)).astype(np.float64)
    angle = random.uniform(0, 2 * np.pi)
    along = np.cos(angle) * x + np.sin(angle) * y
    if kind == "gradient":
        share = (along - along.min()) / np.ptp(along)
    elif kind == "stripes":
        share = 0.5 + 0.5 * np.sign(np.sin(along * random.uniform(20, 120)))
    elif kind == "checks":
        size = random.uniform(6, 24)
        share = (np.floor(x * size) + np.floor(y * size)) % 2
    else:
        return _text(random) if kind == "text" else _shapes(random)
    return colours[0] + share[:, :, None] * (colours[1] - colours[0])


def _text(random: np.random.Generator) -> NDArray[np.uint8]:
    """A page of letters, as when a document is photographed."""
    page = np.full((SIDE_PX, SIDE_PX, 3), int(random.integers(225, 256)), np.uint8)
    size = random.uniform(0.4, 0.8)
    for top in range(24, SIDE_PX, int(34 * size) + 6):
        letters = "".join(chr(c) for c in random.integers(97, 123, 40))
        words = " ".join(letters[i : i + 6] for i in range(0, 40, 6))
        cv2.putText(page, words, (10, top), cv2.FONT_HERSHEY_SIMPLEX, size, (30, 30, 30), 1)
    return page


def _shapes(random: np.random.Generator) -> NDArray[np.uint8]:
    """Plain discs and rectangles of plain colours."""
    canvas = np.full((SIDE_PX, SIDE_PX, 3), random.integers(0, 256, 3), np.uint8)
    for _ in range(int(random.integers(4, 12))):
        colour = tuple(int(c) for c in random.integers(0, 256, 3))
        x, y, r = (int(v) for v in random.integers(10, SIDE_PX // 3, 3) * (2, 2, 1))
        if random.random() < 0.5:
            cv2.circle(canvas, (x, y), r, colour, cv2.FILLED)
        else:
            cv2.rectangle(canvas, (x, y), (x + r, y + r // 2 + 4), colour, cv2.FILLED)
    return canvas
