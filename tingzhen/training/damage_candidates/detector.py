"""A detector on the same backbone: FCOS (Tian et al. 2019, arXiv 1904.01355), of torchvision.

Boxes on three levels, strides 16, 32 and 64, joined by a feature pyramid of 128 channels. A
detector has no way to leave something unsaid: whatever is not boxed is background. So it learns
from pictures alone whose boxes are complete or that show no damage. The logit of a type is that of
its surest box; `undamaged` and `not_vehicle` it does not judge.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.models.detection import FCOS
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from tingzhen.datasets.damage_manifest import TYPE_INDEX, DamagePicture
from tingzhen.training.damage.augmentation import Seen
from tingzhen.training.damage.backbone import (
    PIXEL_MEAN,
    PIXEL_SCALE,
    Backbone,
    BackboneName,
    load_imagenet,
)
from tingzhen.training.damage.batches import BatchMaker, Workers
from tingzhen.training.damage.device import DeviceName
from tingzhen.training.damage.optimiser import WeightAverage, set_rate
from tingzhen.training.damage.sampling import draw_weights
from tingzhen.training.damage.squares import stretched
from tingzhen.training.damage_candidates.answers import no_centres
from tingzhen.training.damage_candidates.protocol import Material, Rows
from tingzhen.training.runs import seed_everything
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

_CHANNELS = 128
_STRIDES = (16, 32, 64)
_LEAST_SCORE = 0.01
_SHOWN = 0.35  # share of a box that a framing has to hold for it to be taught
_AVERAGE_DECAY = 0.995
_LARGEST_GRADIENT = 5.0


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """Rates of AdamW for the backbone and for all behind it; steps of `batch` pictures."""

    backbone: BackboneName = "lite0"
    input_px: int = 384
    frozen_blocks: int = 3
    batch: int = 20
    deep_rate: float = 3e-4
    head_rate: float = 1e-3
    weight_decay: float = 0.02
    boxed_share: float = 0.6


class Pyramid(nn.Module):
    """Normalised pictures (n, 3, s, s) -> maps of 128 channels at strides 16, 32 and 64."""

    out_channels = _CHANNELS

    def __init__(self, settings: DetectorSettings) -> None:
        super().__init__()
        self.backbone = Backbone(settings.backbone, settings.frozen_blocks)
        load_imagenet(self.backbone, settings.backbone)
        self.pyramid = FeaturePyramidNetwork(
            [self.backbone.middle_channels, self.backbone.deep_channels], _CHANNELS,
            LastLevelMaxPool(),
        )  # fmt: skip

    def forward(self, normalised: Tensor) -> dict[str, Tensor]:
        middle, deep = self.backbone.maps(normalised)
        maps: dict[str, Tensor] = self.pyramid(OrderedDict(middle=middle, deep=deep))
        return maps


def new_detector(settings: DetectorSettings) -> Any:
    """An FCOS with the ImageNet weights in its backbone; classes are the visible damages."""
    anchors = AnchorGenerator(tuple((stride,) for stride in _STRIDES), ((1.0,),) * len(_STRIDES))
    mean, scale = [PIXEL_MEAN / 255] * 3, [PIXEL_SCALE / 255] * 3
    return FCOS(
        Pyramid(settings), len(VISIBLE_DAMAGES), min_size=settings.input_px,
        max_size=settings.input_px, image_mean=mean, image_std=scale, anchor_generator=anchors,
        score_thresh=_LEAST_SCORE,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """squares: uint8 (pictures, s, s, 3). device: where it answers; `one` is on the CPU."""

    network: Any
    squares: NDArray[np.uint8]
    input_px: int
    device: DeviceName = "cpu"

    def answer(self, rows: Rows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        logits = np.full((len(rows), len(DAMAGE_TYPES)), np.nan, np.float32)
        centres = no_centres(len(rows))
        self.network.to(self.device)
        for place, row in enumerate(rows.tolist()):
            with torch.inference_mode():
                square = _input(stretched(self.squares[row], self.input_px))
                found = self.network([square.to(self.device)])[0]
            logits[place, : len(VISIBLE_DAMAGES)], centres[place] = surest(found, self.input_px)
        self.network.to("cpu")
        return logits, centres

    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    def one(self, square: NDArray[np.uint8]) -> None:
        with torch.inference_mode():
            self.network([_input(stretched(square, self.input_px))])


def surest(
    found: dict[str, Tensor], side_px: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of each visible damage the logit of its surest box, float32 (damages,), and its middle in
    0..1, float32 (damages, 2); of those that are not found half the least score, and NaN."""
    scores = np.full(len(VISIBLE_DAMAGES), _LEAST_SCORE / 2, np.float32)
    centres = np.full((len(VISIBLE_DAMAGES), 2), np.nan, np.float32)
    boxes = found["boxes"].cpu().numpy()
    for box, label, score in zip(
        boxes, found["labels"].tolist(), found["scores"].tolist(), strict=True
    ):
        if score > scores[label]:
            scores[label] = score
            centres[label] = (box[:2] + box[2:]) / 2 / side_px
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    return (np.log(clipped) - np.log1p(-clipped)).astype(np.float32), centres


def detector(
    settings: DetectorSettings, *, epochs: float
) -> Callable[[Material, Rows, str], Detector]:
    """epochs: passes over the pictures that it can learn from."""

    def fit(material: Material, rows: Rows, name: str) -> Detector:
        seed_everything(material.seed)
        device = material.hands.device
        network = new_detector(settings).to(device, memory_format=torch.channels_last)
        squares = material.squares(settings.input_px)
        usable = np.array([row for row in rows if _says_all(material.pictures[row])], np.int64)
        own = [material.pictures[row] for row in usable.tolist()]
        weights = draw_weights(own, boxed_share=settings.boxed_share)
        maker = BatchMaker(
            material.pictures, squares, usable, weights, settings.batch, settings.input_px,
            material.seed,
        )  # fmt: skip
        passes = material.epochs if material.epochs is not None else epochs
        steps = max(1, math.ceil(passes * len(usable) / settings.batch))
        optimiser = _optimiser(network, settings)
        average = WeightAverage(network, _AVERAGE_DECAY)
        network.train()
        with Workers(maker, material.hands.workers) as making:
            for step, batch in enumerate(making.batches(0, steps)):
                set_rate(optimiser, step, steps)
                pictures = [
                    picture / 255 for picture in batch.pictures.to(device).to(torch.float32)
                ]
                wanted = [boxes_to_learn(seen, device) for seen in batch.seen]
                parts = network(pictures, wanted)
                loss: Tensor = sum(parts.values(), torch.zeros((), device=device))
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
                optimiser.step()
                average.update(network, step)
                material.tell(f"{name}: {step + 1} of {steps}")
        network.load_state_dict(average.weights)
        return Detector(network.eval().to("cpu"), squares, settings.input_px, device)

    return fit


def _optimiser(network: Any, settings: DetectorSettings) -> torch.optim.AdamW:
    backbone = {id(parameter) for parameter in network.backbone.backbone.parameters()}
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    deep = [parameter for parameter in learning if id(parameter) in backbone]
    rest = [parameter for parameter in learning if id(parameter) not in backbone]
    return torch.optim.AdamW(
        [{"params": deep, "full_rate": settings.deep_rate},
         {"params": rest, "full_rate": settings.head_rate}],
        lr=0.0, weight_decay=settings.weight_decay,
    )  # fmt: skip


def _says_all(picture: DamagePicture) -> bool:
    healthy = picture.targets[[TYPE_INDEX["undamaged"], TYPE_INDEX["not_vehicle"]]] == 1
    return bool(healthy.any()) or (picture.boxes_complete and bool(picture.boxes))


def boxes_to_learn(seen: Seen, device: DeviceName = "cpu") -> dict[str, Tensor]:
    """What torchvision's detectors call a target: boxes in pixels, and labels."""
    side = seen.rgb.shape[0]
    shown = [box for box in seen.boxes if box.kept >= _SHOWN]
    places: Sequence[tuple[float, ...]] = [box.place for box in shown]
    return {
        "boxes": (torch.tensor(places, dtype=torch.float32).reshape(-1, 4) * side).to(device),
        "labels": torch.tensor([box.type_index for box in shown], dtype=torch.int64, device=device),
    }


def _input(square: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(square).permute(2, 0, 1).to(torch.float32) / 255
