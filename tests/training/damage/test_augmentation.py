"""Transforms keep size, type and boxes, repeat with their seed, and do what they are named for."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torchvision import tv_tensors

from tests.training.damage.drawn import textured
from tingzhen.datasets.damage_manifest import TYPE_INDEX, Box, DamagePicture, picture_targets
from tingzhen.training.damage import lens, light, sensor
from tingzhen.training.damage.augmentation import see
from tingzhen.training.damage.obstacles import Obstacle, drawn_mask, hidden_share
from tingzhen.training.damage.pixelwise import Pixelwise, picture_of, pixels
from tingzhen.training.damage.truth import PRESENT
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

DENT = TYPE_INDEX["dent"]
TRANSFORMS = [
    kind
    for module in (light, lens, sensor)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Pixelwise) and kind is not Pixelwise
]


def panel(side=96):
    return cv2.resize(textured(np.random.default_rng(3)), (side, side))


def grained(side=96):
    grain = np.random.default_rng(0).normal(0, 20, (side, side, 3))
    return np.clip(panel(side) + grain, 0, 255).astype(np.uint8)


def altered(transform, rgb, seed):
    torch.manual_seed(seed)
    return pixels(transform(picture_of(rgb)))


def contrast(rgb):
    return float(cv2.Laplacian(rgb, cv2.CV_64F).var())


@pytest.mark.parametrize("kind", TRANSFORMS, ids=lambda kind: kind.__name__)
def test_a_transform_alters_the_picture_repeatably_and_keeps_the_boxes(kind):
    rgb = grained()
    boxes = tv_tensors.BoundingBoxes(
        torch.tensor([[10.0, 20, 30, 40]]), format="XYXY", canvas_size=(96, 96)
    )
    torch.manual_seed(1)
    image, moved = kind(1.0)(picture_of(rgb), boxes)
    assert image.shape == (3, 96, 96) and image.dtype == torch.uint8
    assert (moved == boxes).all()
    assert (pixels(image) != rgb).any()
    assert (altered(kind(1.0), rgb, 1) == pixels(image)).all()
    assert any((altered(kind(1.0), rgb, seed) != pixels(image)).any() for seed in range(2, 6))
    assert (altered(kind(0.0), rgb, 1) == rgb).all()


def test_light_adds_light_and_blur_takes_detail():
    rgb, noisy = panel(192), grained(192)
    for seed in range(5):
        assert altered(light.Glare(1.0), rgb, seed).mean() > rgb.mean()
        assert (altered(light.Streak(1.0), rgb, seed).astype(int) >= rgb.astype(int) - 1).all()
        for blur in (lens.Defocus(1.0), lens.MotionBlur(1.0)):
            assert contrast(altered(blur, noisy, seed)) < contrast(noisy)
            assert altered(blur, noisy, seed).mean() == pytest.approx(noisy.mean(), abs=3)
        assert contrast(altered(sensor.SensorNoise(1.0), rgb, seed)) > contrast(rgb)


def test_a_drop_turns_its_surroundings_over():
    rgb = np.zeros((200, 200, 3), np.uint8)
    rgb[:100] = 255  # white above, black below
    before = rgb.copy()
    lens.Drops._drop(rgb, before, (100, 100), 10, np.random.default_rng(0))
    assert rgb[94, 100].mean() < rgb[106, 100].mean()
    assert (rgb[:85] == before[:85]).all() and (rgb[115:] == before[115:]).all()


def test_an_obstacle_leaves_most_of_every_box_in_sight():
    rgb = panel(128)
    box = [32.0, 32.0, 96.0, 96.0]
    boxes = tv_tensors.BoundingBoxes(torch.tensor([box]), format="XYXY", canvas_size=(128, 128))
    changed = 0
    for seed in range(40):
        torch.manual_seed(seed)
        image, _ = Obstacle(1.0)(picture_of(rgb), boxes)
        hidden = (np.abs(pixels(image).astype(int) - rgb).max(axis=2) > 12)[32:96, 32:96]
        assert hidden.mean() < 0.45  # a third, and the soft edge around it
        changed += bool((pixels(image) != rgb).any())
    assert changed > 25


def test_the_hidden_share_counts_pixels():
    mask = np.zeros((100, 100), np.uint8)
    mask[:, :50] = 255
    assert hidden_share(mask, [25.0, 0, 75.0, 10]) == 0.5
    assert hidden_share(mask, [-20.0, 0, 20.0, 10]) == 1.0
    assert hidden_share(mask, [120.0, 0, 140.0, 10]) == 0.0
    assert drawn_mask(64, np.random.default_rng(0)).any()


def dented():
    labels = frozenset({"dent"})
    return DamagePicture(
        Path("none"), "s", "s/g", labels, picture_targets(labels, VISIBLE_DAMAGES),
        (Box(DENT, 0.3, 0.4, 0.3, 0.2),), True,
    )  # fmt: skip


def test_seeing_is_a_function_of_the_seed_alone():
    picture, square = dented(), panel(128)
    before = torch.random.get_rng_state()
    one, same, other = (see(picture, square, 96, 6, seed) for seed in (4, 4, 5))
    assert (torch.random.get_rng_state() == before).all()
    assert (one.rgb == same.rgb).all() and (one.places == same.places).all()
    assert one.rgb.shape == (96, 96, 3) and one.places.shape == (13, 6, 6)
    assert (one.rgb != other.rgb).any()


def test_places_follow_the_boxes_through_framing_and_mirror():
    picture, square = dented(), panel(128)
    shown = 0
    for seed in range(40):
        seen = see(picture, square, 96, 6, seed)
        for row, column in np.argwhere(seen.places[DENT] == PRESENT):
            x, y = (column + 0.5) / 6, (row + 0.5) / 6
            assert any(
                b.place[0] - 0.09 <= x <= b.place[2] + 0.09
                and b.place[1] - 0.09 <= y <= b.place[3] + 0.09
                for b in seen.boxes
            )
            shown += 1
    assert shown > 40
