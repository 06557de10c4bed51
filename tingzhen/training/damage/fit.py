"""Training one network on the chosen pictures, resumable at any checkpoint.

Batches and dropout are drawn from the step's own seed, so a checkpoint needs no generator's state:
weights, their average, the optimiser and the step are all there is. A run that was cut off ends
with the same weights as one that was not, on the same machine and number of threads.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.damage.batches import Batch, BatchMaker, Workers
from tingzhen.training.damage.device import DeviceName
from tingzhen.training.damage.linear_start import fit_linear, start_from
from tingzhen.training.damage.losses import picture_loss, place_loss
from tingzhen.training.damage.network import DamageNetwork, NetworkSettings, new_network
from tingzhen.training.damage.optimiser import Rates, WeightAverage, new_optimiser, set_rate
from tingzhen.training.damage.sampling import draw_weights, positive_weights
from tingzhen.training.runs import Run, seed_everything

_LARGEST_GRADIENT = 5.0  # norm, above which a step is shortened
_LOG_EVERY = 20  # steps


@dataclass(frozen=True, slots=True)
class FitSettings:
    """batch: pictures a step; from 17 up torch has a fast convolution on one thread, below it has
    not. place_weight: of the places' loss beside the pictures'; 0
    teaches from picture labels alone. smoothing, bootstrapping: see losses.py. average_decay: of
    the weights that are kept. boxed_share: see sampling.py."""

    network: NetworkSettings = field(default_factory=NetworkSettings)
    rates: Rates = field(default_factory=Rates)
    batch: int = 20
    place_weight: float = 1.0
    smoothing: float = 0.02
    bootstrapping: float = 0.2
    average_decay: float = 0.995
    boxed_share: float = 0.45
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FitMaterial:
    """pictures: all of a run. squares: uint8 (pictures, s, s, 3), s at least the network's input.
    embeddings: gives float32 (pictures, 1280), of the backbone before training; asked for when a
    fit begins."""

    pictures: Sequence[DamagePicture]
    squares: NDArray[np.uint8]
    embeddings: Callable[[], NDArray[np.float32]]


def fit(
    material: FitMaterial,
    chosen: NDArray[np.int64],
    settings: FitSettings,
    run: Run,
    name: str,
    *,
    steps: int,
    workers: int = 0,
    device: DeviceName = "cpu",
    checkpoint_every_s: float = 180.0,
    progress: Callable[[int], None] = lambda step: None,
) -> DamageNetwork:
    """A network that learned from the chosen rows, with its averaged weights, in eval mode, on the
    CPU.

    The checkpoint `name` of the run is taken up; a finished one is only read. steps: optimiser
    steps in all. workers: processes
    that make batches ahead. progress: called with the number of steps that are done.

    Raises TrainingError when the loss is no number any more.
    """
    seed_everything(settings.seed)
    network = new_network(settings.network)
    kept = run.load_checkpoint(name)
    if kept is not None and kept["step"] == steps:
        network.load_state_dict(kept["average"])
        return network.eval()
    network.to(device)
    own = [material.pictures[row] for row in chosen]
    weights = draw_weights(own, boxed_share=settings.boxed_share)
    losses = _Losses(
        settings, *(torch.from_numpy(weight).to(device) for weight in positive_weights(own))
    )
    optimiser = new_optimiser(network, settings.rates)
    first = 0
    if kept is None:
        head = fit_linear(
            material.embeddings()[chosen], np.stack([picture.targets for picture in own]),
            weights, losses.of_pictures.cpu().numpy(),
        )  # fmt: skip
        start_from(network, head)
        average = WeightAverage(network, settings.average_decay)
    else:
        network.load_state_dict(kept["network"])
        average = WeightAverage(network, settings.average_decay)
        average.load(kept["average"])
        optimiser.load_state_dict(kept["optimiser"])
        first = int(kept["step"])
    maker = BatchMaker(
        material.pictures, material.squares, chosen, weights,
        settings.batch, settings.network.input_px, settings.seed,
    )  # fmt: skip
    network.train()
    saved = time.monotonic()
    with Workers(maker, workers) as making:
        for step, batch in enumerate(making.batches(first, steps), first):
            # Dropout, too, is drawn from the step's own seed.
            torch.manual_seed(settings.seed * 1_000_003 + step)
            set_rate(optimiser, step, steps)
            parts = losses(network, batch.to(device))
            optimiser.zero_grad(set_to_none=True)
            (parts[0] + parts[1]).backward()
            nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
            optimiser.step()
            average.update(network, step)
            _report(run, name, step, parts)
            progress(step + 1)
            done = step + 1 == steps
            if done or time.monotonic() - saved >= checkpoint_every_s:
                run.save_checkpoint(name, _state(network, average, optimiser, step + 1, done=done))
                saved = time.monotonic()
    network.load_state_dict(average.weights)
    return network.to("cpu").eval()


@dataclass(frozen=True, slots=True, eq=False)
class _Losses:
    settings: FitSettings
    of_pictures: Tensor
    of_places: Tensor

    def __call__(self, network: DamageNetwork, batch: Batch) -> tuple[Tensor, Tensor]:
        settings = self.settings
        logits, places, _ = network(batch.pictures)
        of_picture = picture_loss(
            logits, batch.targets, self.of_pictures, smoothing=settings.smoothing
        )
        if settings.place_weight == 0:
            return of_picture, torch.zeros_like(of_picture)
        of_place = place_loss(
            places, batch.places, self.of_places,
            smoothing=settings.smoothing, bootstrapping=settings.bootstrapping,
        )  # fmt: skip
        return of_picture, settings.place_weight * of_place


def _report(run: Run, name: str, step: int, parts: tuple[Tensor, Tensor]) -> None:
    picture, place = (float(part.detach()) for part in parts)
    if not math.isfinite(picture + place):
        raise TrainingError(
            Text(f"训练 {name} 第 {step} 步的损失不是数值，训练已发散。",
                 f"The loss of {name} is no number at step {step}: training has diverged.")
        )  # fmt: skip
    if (step + 1) % _LOG_EVERY == 0:
        run.log(
            "step", fit=name, step=step + 1, picture_loss=round(picture, 4),
            place_loss=round(place, 4),
        )  # fmt: skip


def _state(
    network: DamageNetwork,
    average: WeightAverage,
    optimiser: torch.optim.Optimizer,
    step: int,
    *,
    done: bool,
) -> dict[str, Any]:
    if done:
        weights = {name: value.cpu() for name, value in average.weights.items()}
        return {"average": weights, "step": step}
    return {
        "network": network.state_dict(),
        "average": average.weights,
        "optimiser": optimiser.state_dict(),
        "step": step,
    }
