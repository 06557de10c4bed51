"""Frozen ImageNet features with a logistic regression: what anybody gets in a minute."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tingzhen.training.damage.backbone import BackboneName
from tingzhen.training.damage.embeddings import PooledFeatures, Pooling
from tingzhen.training.damage.linear_start import LinearHead, fit_linear
from tingzhen.training.damage.sampling import draw_weights, positive_weights
from tingzhen.training.damage.squares import stretched
from tingzhen.training.damage_candidates.answers import no_centres
from tingzhen.training.damage_candidates.protocol import Material, Rows

BOXED_SHARE = 0.45


@dataclass(frozen=True, slots=True, eq=False)
class FrozenLinear:
    """features: float32 (pictures, inputs)."""

    head: LinearHead
    features: NDArray[np.float32]
    network: PooledFeatures
    input_px: int

    def answer(self, rows: Rows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self.head.logits(self.features[rows]), no_centres(len(rows))

    def parameters(self) -> int:
        own = self.head.weight.numel() + self.head.bias.numel()
        return own + sum(parameter.numel() for parameter in self.network.parameters())

    def one(self, square: NDArray[np.uint8]) -> None:
        picture = torch.from_numpy(stretched(square, self.input_px)).permute(2, 0, 1)[None]
        with torch.inference_mode():
            self.head.logits(self.network(picture).numpy())


def frozen_linear(
    backbone: BackboneName, input_px: int, pooling: Pooling
) -> Callable[[Material, Rows, str], FrozenLinear]:
    """Features of whole pictures alone, without augmentation."""

    def fit(material: Material, rows: Rows, name: str) -> FrozenLinear:
        features = material.embeddings(backbone, input_px, pooling)
        own = [material.pictures[row] for row in rows.tolist()]
        head = fit_linear(
            features[rows], np.stack([picture.targets for picture in own]),
            draw_weights(own, boxed_share=BOXED_SHARE), positive_weights(own)[0],
        )  # fmt: skip
        return FrozenLinear(head, features, PooledFeatures(backbone, pooling).eval(), input_px)

    return fit
