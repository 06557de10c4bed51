"""One training loop for all candidates: drawn batches, mixup, label smoothing, falling rate."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from tingzhen.training.noise_candidates.ragged import Ragged

Rows = NDArray[np.int64]
Loss = Callable[[nn.Module, tuple[Tensor, ...], Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class FitSettings:
    """Mixup after Zhang et al. 2018, Beta(mixup, mixup), 0 for none; label smoothing after Szegedy
    et al. 2016. ridge: of the squared weights of the module's `head`; block_rate: learning rate of
    its pretrained `blocks`, as a share of the rest's."""

    steps: int = 250
    batch: int = 256
    learning_rate: float = 1e-2
    ridge: float = 1e-2
    smoothing: float = 0.05
    mixup: float = 0.3
    block_rate: float = 0.1


class Inputs(Protocol):
    """What a module hears of hearings."""

    def draw(self, rows: Rows, random: np.random.Generator) -> tuple[Tensor, ...]:
        """A batch (rows, ...): stretches of one length, to learn from."""

    def whole(self, rows: Rows) -> Iterator[tuple[Tensor, ...]]:
        """Batches that give each of the rows in full, in order."""


class Vectors:
    """One vector a hearing, (hearings, width)."""

    def __init__(self, vectors: Tensor) -> None:
        self.vectors = vectors

    def draw(self, rows: Rows, random: np.random.Generator) -> tuple[Tensor, ...]:
        return (self.vectors[torch.from_numpy(rows)],)

    def whole(self, rows: Rows) -> Iterator[tuple[Tensor, ...]]:
        yield (self.vectors[torch.from_numpy(rows)],)


class Windows:
    """Stretches of frames. kinds: features with `frames` of each to a stretch; all kinds begin at
    the same moment, hops_s apart."""

    def __init__(
        self, kinds: Sequence[Ragged], frames: Sequence[int], hops_s: Sequence[float]
    ) -> None:
        self.kinds, self.frames, self.hops_s = kinds, frames, hops_s

    def draw(self, rows: Rows, random: np.random.Generator) -> tuple[Tensor, ...]:
        parts: list[list[NDArray[np.float32]]] = [[] for _ in self.kinds]
        for i in rows:
            place = random.random()
            spare_s = max(0, self.kinds[0].length(int(i)) - self.frames[0]) * self.hops_s[0]
            for part, kind, frames, hop_s in zip(
                parts, self.kinds, self.frames, self.hops_s, strict=True
            ):
                last = max(0, kind.length(int(i)) - frames)
                part.append(kind.window(int(i), min(last, int(place * spare_s / hop_s)), frames))
        return tuple(torch.from_numpy(np.stack(part)) for part in parts)

    def whole(self, rows: Rows) -> Iterator[tuple[Tensor, ...]]:
        for i in rows:
            yield tuple(torch.from_numpy(kind[int(i)])[None] for kind in self.kinds)


def plain_loss(
    module: nn.Module, inputs: tuple[Tensor, ...], wanted: Tensor, rows: Tensor
) -> Tensor:
    """Binary cross-entropy, summed over the outputs, mean over the batch."""
    return binary_cross_entropy_with_logits(module(*inputs), wanted) * wanted.shape[1]


def fit(  # noqa: PLR0917 - the parts of one fit
    module: nn.Module,
    inputs: Inputs,
    wanted: Tensor,
    weights: NDArray[np.float64],
    rows: Rows,
    settings: FitSettings,
    *,
    seed: int,
    loss_of: Loss = plain_loss,
) -> None:
    """Fit the module on hearings `rows`. wanted: (hearings, outputs), 0..1; weights: one a row, by
    which rows are drawn. Adam (Kingma and Ba 2015) with a linearly falling rate."""
    random = np.random.default_rng(seed)
    torch.manual_seed(seed)
    wanted = wanted * (1 - settings.smoothing) + settings.smoothing / wanted.shape[1]
    share_of = weights / weights.sum()
    optimiser = torch.optim.Adam(_rates(module, settings))
    first_rates = [group["lr"] for group in optimiser.param_groups]
    module.train()
    for step in range(settings.steps):
        drawn = random.choice(rows, settings.batch, p=share_of)
        picked = torch.from_numpy(drawn)
        batch, truth = inputs.draw(drawn, random), wanted[picked]
        if settings.mixup:
            batch, truth = _mixed(batch, truth, settings.mixup, random)
        loss = loss_of(module, batch, truth, picked)
        loss = loss + settings.ridge * (module.head.weight**2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        for group, rate in zip(optimiser.param_groups, first_rates, strict=True):
            group["lr"] = rate * (1 - (step + 1) / settings.steps)
    module.eval()


def _rates(module: nn.Module, settings: FitSettings) -> list[dict[str, object]]:
    learned = dict(module.named_parameters())
    blocks = [p for name, p in learned.items() if name.startswith("blocks.") and p.requires_grad]
    rest = [p for name, p in learned.items() if not name.startswith("blocks.")]
    rate = settings.learning_rate
    groups: list[dict[str, object]] = [{"params": rest, "lr": rate}]
    return groups + ([{"params": blocks, "lr": rate * settings.block_rate}] if blocks else [])


def _mixed(
    batch: tuple[Tensor, ...], truth: Tensor, mixup: float, random: np.random.Generator
) -> tuple[tuple[Tensor, ...], Tensor]:
    size = len(truth)
    other = torch.from_numpy(random.permutation(size))
    drawn = random.beta(mixup, mixup, size).astype(np.float32)

    def mix(x: Tensor) -> Tensor:
        share = torch.from_numpy(drawn).reshape(-1, *[1] * (x.ndim - 1))
        return share * x + (1 - share) * x[other]

    return tuple(mix(x) for x in batch), mix(truth)


def logits_of(module: nn.Module, inputs: Inputs, rows: Rows) -> NDArray[np.float64]:
    """(rows, outputs), each hearing in full."""
    with torch.inference_mode():
        parts = [module(*one) for one in inputs.whole(rows)]
    return torch.cat(parts).double().numpy()
