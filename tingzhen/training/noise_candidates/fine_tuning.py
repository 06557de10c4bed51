"""The backbone itself learns on: its last blocks, or all of them."""

import copy

from torch import Tensor, nn

from tingzhen.training.noise.network import Trunk
from tingzhen.training.noise.weights import Backbone
from tingzhen.training.noise_candidates.heads import LinearHead
from tingzhen.training.noise_candidates.trunk_parts import (
    MIDDLE,
    OverFrequency,
    blocks_between,
    layer_before,
    maps_of,
)


class FineTuned(nn.Module):
    """What the cache keeps (batch, time, width) through blocks that learn, the mean over frequency
    and time, and a linear head that was fitted first: a head that still is at the start would
    spoil the blocks before it learned anything (Kumar et al. 2022).

    all_blocks: from log-mel on; else from the maps before the middle layer.
    """

    def __init__(
        self, trunk: Trunk, backbone: Backbone, linear: LinearHead, *, all_blocks: bool
    ) -> None:
        super().__init__()
        before = layer_before(backbone, MIDDLE)
        after = None if all_blocks else before
        self.blocks = copy.deepcopy(blocks_between(trunk, backbone, after, None))
        for parameter in self.blocks.parameters():
            parameter.requires_grad_(True)
        outputs = {layer.name: layer.outputs for layer in backbone.layers}
        self.channels = 1 if all_blocks else outputs[before]
        self.frames = OverFrequency()
        self.linear = linear
        self.head = linear.head

    def forward(self, flat: Tensor) -> Tensor:
        frames = self.frames(self.blocks(maps_of(flat, self.channels)))
        return self.linear(frames.mean(dim=1))
