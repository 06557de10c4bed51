"""The damage network: a backbone, a map of damage types at stride 16, and heads for the picture.

Outputs after the last block of stride 16 and of stride 32 are joined by a small neck. The logit of
a damage type is the smooth maximum of its map plus a linear term on the embedding of the whole
picture. `undamaged` and `not_vehicle` have no place: their logits are linear in the embedding and
in the damage types' maxima, since a picture with a damage in it is not undamaged.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from tingzhen.training.damage.backbone import (
    EMBEDDING_SIZE,
    Backbone,
    BackboneName,
    load_imagenet,
)
from tingzhen.training.damage.pooling import smooth_maximum
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

_LATERAL_CHANNELS = 128
_RARE_AT_FIRST = -2.0  # logit of each place before training: most places show nothing
_FIRST_SHARPNESS = 0.0


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """backbone: EfficientNet lite0, lite1 or lite2. input_px: side of the square that it sees, a
    multiple of 32. frozen_blocks: the stem and so many blocks keep their ImageNet weights.
    dropout: share of the features that a training step leaves out before the heads."""

    backbone: BackboneName = "lite0"
    input_px: int = 384
    frozen_blocks: int = 0
    dropout: float = 0.2

    def __post_init__(self) -> None:
        if self.input_px < 64 or self.input_px % 32:
            raise ValueError(f"input_px must be a multiple of 32 from 64, not {self.input_px}")


class Separable(nn.Module):
    """A residual 3 x 3 look around, channel by channel, and a mix of the channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.mix = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.mix(self.around(x)))


class Neck(nn.Module):
    """float32 (n, middle, h, w) and (n, deep, h/2, w/2) -> (n, 128, h, w)."""

    def __init__(self, middle_channels: int, deep_channels: int) -> None:
        super().__init__()
        self.lateral_middle = nn.Conv2d(middle_channels, _LATERAL_CHANNELS, 1)
        self.lateral_deep = nn.Conv2d(deep_channels, _LATERAL_CHANNELS, 1)
        self.mix = nn.Sequential(*(Separable(_LATERAL_CHANNELS) for _ in range(2)))

    def forward(self, middle: Tensor, deep: Tensor) -> Tensor:
        up = functional.interpolate(self.lateral_deep(deep), scale_factor=2.0, mode="nearest")
        joined: Tensor = self.mix(functional.relu(self.lateral_middle(middle) + up))
        return joined


class DamageNetwork(nn.Module):
    """uint8 (n, 3, s, s) RGB -> picture logits (n, types), map logits (n, types, s/16, s/16), in
    the order of DAMAGE_TYPES, and an embedding (n, 1280).

    The map of `undamaged` and of `not_vehicle` says the picture's logit in every place.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.backbone = Backbone(settings.backbone, settings.frozen_blocks)
        self.neck = Neck(self.backbone.middle_channels, self.backbone.deep_channels)
        damages, rest = len(VISIBLE_DAMAGES), len(DAMAGE_TYPES) - len(VISIBLE_DAMAGES)
        self.map = nn.Conv2d(_LATERAL_CHANNELS, damages, 1)
        self.whole = nn.Linear(EMBEDDING_SIZE, len(DAMAGE_TYPES))
        self.from_damages = nn.Linear(damages, rest, bias=False)
        self.log_sharpness = nn.Parameter(torch.full((damages,), _FIRST_SHARPNESS))
        self.dropout = nn.Dropout(settings.dropout)
        nn.init.constant_(self.map.bias, _RARE_AT_FIRST)
        for zero in (self.whole.weight, self.whole.bias, self.from_damages.weight):
            nn.init.zeros_(zero)

    def forward(
        self, pictures: Tensor, sharpness: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """sharpness: of the smooth maxima; what was learned, unless an export keeps it apart."""
        middle, deep, embedding = self.backbone(pictures)
        places = self.map(self.dropout(self.neck(middle, deep)))
        pooled = smooth_maximum(
            places, self.log_sharpness.exp()[:, None] if sharpness is None else sharpness
        )
        told = torch.cat([pooled, self.from_damages(pooled)], dim=1)
        logits = told + self.whole(self.dropout(embedding))
        everywhere = logits[:, pooled.shape[1] :, None, None].expand(
            -1, -1, places.shape[2], places.shape[3]
        )
        return logits, torch.cat([places, everywhere], dim=1), embedding

    def heads(self) -> list[nn.Parameter]:
        """All that is not the backbone."""
        own = {id(parameter) for parameter in self.backbone.parameters()}
        return [parameter for parameter in self.parameters() if id(parameter) not in own]


def new_network(settings: NetworkSettings) -> DamageNetwork:
    """A network with the ImageNet weights in its backbone; the heads are drawn."""
    network = DamageNetwork(settings)
    load_imagenet(network.backbone, settings.backbone)
    return network.to(memory_format=torch.channels_last)
