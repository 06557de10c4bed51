"""The damage network of `training/damage`, with the settings that a candidate asks for."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from tingzhen.training.damage.device import DeviceName
from tingzhen.training.damage.fit import FitMaterial, FitSettings, fit
from tingzhen.training.damage.network import DamageNetwork
from tingzhen.training.damage.squares import stretched
from tingzhen.training.damage_candidates.answers import centres_of_maps
from tingzhen.training.damage_candidates.protocol import Material, Rows
from tingzhen.training.runs import Run

_BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """squares: uint8 (pictures, s, s, 3). device: where it answers; `one` is on the CPU."""

    network: DamageNetwork
    squares: NDArray[np.uint8]
    input_px: int
    device: DeviceName = "cpu"

    def answer(self, rows: Rows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        logits, centres = [], []
        self.network.to(self.device)
        with torch.inference_mode():
            for start in range(0, len(rows), _BATCH):
                own = [self._input(self.squares[row]) for row in rows[start : start + _BATCH]]
                found, maps, _ = self.network(torch.cat(own).to(self.device))
                logits.append(found.cpu().numpy())
                centres.append(centres_of_maps(maps.cpu().numpy()))
        self.network.to("cpu")
        return np.concatenate(logits), np.concatenate(centres)

    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    def one(self, square: NDArray[np.uint8]) -> None:
        with torch.inference_mode():
            self.network(self._input(square))

    def _input(self, square: NDArray[np.uint8]) -> torch.Tensor:
        return torch.from_numpy(stretched(square, self.input_px)).permute(2, 0, 1)[None]


def classifier(
    settings: FitSettings, *, epochs: float
) -> Callable[[Material, Rows, str], Classifier]:
    """epochs: passes over the pictures that it learns from."""

    def fit_classifier(material: Material, rows: Rows, name: str) -> Classifier:
        network = settings.network
        passes = material.epochs if material.epochs is not None else epochs
        steps = max(1, math.ceil(passes * len(rows) / settings.batch))
        squares = material.squares(network.input_px)
        own = FitMaterial(
            material.pictures, squares,
            lambda: material.embeddings(network.backbone, network.input_px),
        )  # fmt: skip
        learned = fit(
            own, rows, replace(settings, seed=material.seed),
            Run(material.folder / "fits"), name,
            steps=steps, workers=material.hands.workers, device=material.hands.device,
            progress=lambda step: material.tell(f"{name}: {step} of {steps}"),
        )  # fmt: skip
        return Classifier(learned, squares, network.input_px, material.hands.device)

    return fit_classifier
