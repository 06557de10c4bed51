"""What the camera and the upload do to a picture: resolution, noise, compression."""

import cv2
import numpy as np

from tingzhen.training.damage.pixelwise import Pixelwise, Rgb, to_bytes


class Resolution(Pixelwise):
    """Shrunk to 0.35 to 1 of its side and brought back: the sources differ in resolution, which
    must not tell them apart."""

    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        height, width = rgb.shape[:2]
        share = random.uniform(0.35, 1.0)
        smaller = max(8, round(share * width)), max(8, round(share * height))
        shrunk = cv2.resize(rgb, smaller, interpolation=cv2.INTER_AREA)
        ways = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)
        way = ways[int(random.integers(len(ways)))]
        return np.asarray(cv2.resize(shrunk, (width, height), interpolation=way), np.uint8)


class SensorNoise(Pixelwise):
    """Gaussian noise of 2 to 12 of 255, half of it shared by the channels, and in two of five
    pictures smoothed as phones do, so that it lies in blotches."""

    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        shape = rgb.shape
        noise = random.standard_normal(shape, np.float32)
        noise = 0.7 * noise + 0.7 * random.standard_normal((*shape[:2], 1), np.float32)
        if random.random() < 0.4:
            noise = 2.2 * np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.9), np.float32)
        return to_bytes(rgb + np.float32(random.uniform(2, 12)) * noise)


class Jpeg(Pixelwise):
    """JPEG of quality 25 to 90, once, or twice as a messenger does to a photo."""

    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        for _ in range(1 + int(random.random() < 0.3)):
            quality = int(random.uniform(25, 90))
            _, coded = cv2.imencode(".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
            rgb = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR_RGB), np.uint8)
        return rgb
