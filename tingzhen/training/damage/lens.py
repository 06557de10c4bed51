"""What stands between the car and the sensor: focus, motion, dirt and water on the lens."""

import cv2
import numpy as np

from tingzhen.training.damage.pixelwise import Pixelwise, Rgb, to_bytes


class Defocus(Pixelwise):
    """Gaussian blur of 0.001 to 0.006 of the side (standard deviation)."""

    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        sigma = random.uniform(0.001, 0.006) * rgb.shape[0]
        return np.asarray(cv2.GaussianBlur(rgb, (0, 0), max(sigma, 0.3)), np.uint8)


class MotionBlur(Pixelwise):
    """The camera moves 0.006 to 0.03 of the side in a straight line while the shutter is open."""

    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        length = max(2.0, random.uniform(0.006, 0.03) * rgb.shape[0])
        turn = random.uniform(0, np.pi)
        size = int(np.ceil(length)) | 1
        drawn = np.zeros((size, size), np.uint8)  # OpenCV draws soft lines in bytes alone
        middle = (size - 1) / 2
        reach = np.array([np.cos(turn), np.sin(turn)]) * (length - 1) / 2
        ends = [tuple(np.rint(16 * (middle + s * reach)).astype(int).tolist()) for s in (-1, 1)]
        cv2.line(drawn, ends[0], ends[1], 255, 1, cv2.LINE_AA, 4)
        kernel = drawn.astype(np.float32)
        return np.asarray(cv2.filter2D(rgb, -1, kernel / kernel.sum()), np.uint8)


class Dirt(Pixelwise):
    """5 to 60 specks and splashes of mud on car and lens: brown to grey, radius 0.001 to 0.006 of
    the side, long-tailed up to 0.02, soft at the rim, covering 30 to 90 %."""

    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        side = rgb.shape[0]
        cover = np.zeros(rgb.shape[:2], np.float32)
        middle = random.random(2)
        spread = random.uniform(0.08, 0.5)
        for _ in range(int(random.integers(5, 61))):
            at = (middle + random.normal(0, spread, 2)) * side
            radius = min(0.02, 0.001 + random.exponential(0.002)) * side
            axes = np.maximum(1, np.rint(16 * radius * random.uniform(0.6, 1.2, 2))).astype(int)
            cv2.ellipse(
                cover, tuple(np.rint(16 * at).astype(int).tolist()), tuple(axes.tolist()),
                random.uniform(0, 180), 0, 360, random.uniform(0.3, 0.9), -1, cv2.LINE_AA, 4,
            )  # fmt: skip
        cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.0015 * side + 0.3), np.float32)
        tone = random.uniform(50, 150) * np.array([1.0, random.uniform(0.8, 1), 0.0])
        tone[2] = tone[1] * random.uniform(0.7, 1)
        share = cover[:, :, None]
        return to_bytes((1 - share) * rgb + share * tone.astype(np.float32))


class Drops(Pixelwise):
    """2 to 15 water drops: each shows a shrunk, turned-over and blurred piece of its surroundings,
    as a lens does, darker at its upper rim and with a small highlight. Radius 0.01 to 0.05 of the
    side. On paint they hold the same little picture, so one transform stands for both."""

    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        side = rgb.shape[0]
        soft = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.008 * side))
        for _ in range(int(random.integers(2, 16))):
            radius = max(3, round(random.triangular(0.01, 0.015, 0.05) * side))
            x, y = random.integers(radius, side - radius, 2).tolist()
            self._drop(rgb, soft, (x, y), radius, random)
        return rgb

    @staticmethod
    def _drop(
        rgb: Rgb, soft: Rgb, at: tuple[int, int], radius: int, random: np.random.Generator
    ) -> None:
        x, y = at
        squeeze = random.uniform(0.8, 1.2)
        v, u = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float32) / radius
        far = np.sqrt(u**2 * squeeze + v**2 / squeeze)
        bent = -1.8 * radius * (1 + far)  # upside down, more of it towards the rim
        piece = cv2.remap(
            soft, x + u * bent, y + v * bent, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        ).astype(np.float32)
        piece *= (1 + 0.25 * v - 0.35 * np.clip(far - 0.7, 0, None))[:, :, None]
        shine = np.exp(-((u + 0.35) ** 2 + (v + 0.4) ** 2) / 0.015)
        piece += 160 * random.uniform(0.3, 1) * shine[:, :, None]
        cover = np.clip((1 - far) * radius / 2, 0, 1)[:, :, None] * random.uniform(0.7, 1)
        window = rgb[y - radius : y + radius + 1, x - radius : x + radius + 1]
        window[:] = to_bytes((1 - cover) * window + cover * piece)
