"""Light: exposure, white balance, contrast, colour, glare and streaks on paint."""

import itertools

import cv2
import numpy as np

from tingzhen.training.damage.pixelwise import Pixelwise, Rgb, to_bytes

_LUMA = np.array([0.299, 0.587, 0.114])


class Exposure(Pixelwise):
    """Exposure -1.2 to 0.7 stops (a stop doubles the light; pixels hold its 2.2th root), gamma 0.8
    to 1.25, contrast 0.75 to 1.25 around the middle, each channel's gain 0.9 to 1.1 (white
    balance), all in one table for each channel."""

    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        level = np.linspace(0, 1, 256)
        level = np.minimum(level * 2 ** (random.uniform(-1.2, 0.7) / 2.2), 1)
        level = level ** np.exp(random.uniform(-0.22, 0.22))
        level = (level - 0.5) * random.uniform(0.75, 1.25) + 0.5
        table = to_bytes(255 * level[:, None] * random.uniform(0.9, 1.1, 3))
        return np.asarray(cv2.LUT(rgb, table[None]), dtype=np.uint8)


class Colour(Pixelwise):
    """Saturation 0.3 to 1.4; one of twenty pictures becomes grey."""

    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        share = 0.0 if random.random() < 0.05 else random.uniform(0.3, 1.4)
        mix = share * np.eye(3) + (1 - share) * np.tile(_LUMA, (3, 1))
        return np.asarray(cv2.transform(rgb, mix), dtype=np.uint8)


class Glare(Pixelwise):
    """One to three soft bright spots: radius 0.02 to 0.15 of the side, stretched up to three
    times, up to white in the middle; with a veil of at most a tenth over everything."""

    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        side = rgb.shape[0]
        y, x = np.mgrid[:side, : rgb.shape[1]].astype(np.float32) / side
        light = np.full(rgb.shape[:2], random.uniform(0, 0.1), np.float32)
        for _ in range(int(random.integers(1, 4))):
            turn, radius = random.uniform(0, np.pi), random.uniform(0.02, 0.15)
            dx, dy = x - np.float32(random.random()), y - np.float32(random.random())
            along = dx * np.float32(np.cos(turn)) + dy * np.float32(np.sin(turn))
            across = dy * np.float32(np.cos(turn)) - dx * np.float32(np.sin(turn))
            long = radius * random.uniform(1, 3)
            distance = (along / np.float32(long)) ** 2 + (across / np.float32(radius)) ** 2
            light += np.float32(random.uniform(0.5, 1.3)) * np.exp(-distance)
        warm = np.array([1.0, random.uniform(0.95, 1.0), random.uniform(0.85, 1.0)], np.float32)
        return _lit(rgb, light, warm)


class Streak(Pixelwise):
    """The reflection of a lamp or of the sky's edge along a panel: a bent bright line 0.004 to
    0.03 of the side wide, half of its brightness gone at its ends."""

    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        side = rgb.shape[0]
        start, bend, end = random.uniform(-0.1, 1.1, (3, 2)) * side
        bend = (start + end) / 2 + (bend - (start + end) / 2) * 0.3
        t = np.linspace(0, 1, 24)[:, None]
        curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
        light = np.zeros(rgb.shape[:2], np.float32)
        width = max(1, round(random.uniform(0.004, 0.03) * side))
        for index, (a, b) in enumerate(itertools.pairwise(curve)):
            strength = 1 - 0.5 * abs(index / 11 - 1)
            ends = tuple(np.rint(a).astype(int)), tuple(np.rint(b).astype(int))
            cv2.line(light, *ends, strength, width, cv2.LINE_AA)
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), 0.6 * width + 0.5), np.float32)
        return _lit(rgb, light * random.uniform(0.3, 0.9), np.ones(3, np.float32))


def _lit(rgb: Rgb, light: np.ndarray, warm: np.ndarray) -> Rgb:
    """Light added where it falls: 1 is white whatever lies below (a "screen")."""
    share = np.clip(light, 0, 1)[:, :, None] * warm
    return to_bytes(rgb + share * (255 - rgb.astype(np.float32)))
