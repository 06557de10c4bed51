"""Ways to build a candidate: each returns a function that fits it on given hearings."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from tingzhen.training.noise_candidates.channel_losses import (
    GroupRobustLoss,
    SourceAdversarialLoss,
)
from tingzhen.training.noise_candidates.fine_tuning import FineTuned
from tingzhen.training.noise_candidates.fitting import (
    FitSettings,
    Inputs,
    Loss,
    Vectors,
    Windows,
    fit,
    plain_loss,
)
from tingzhen.training.noise_candidates.heads import AttentionHead, LinearHead, NarrowHead
from tingzhen.training.noise_candidates.labels import OUTPUTS, groups_of
from tingzhen.training.noise_candidates.own_network import OwnNetwork
from tingzhen.training.noise_candidates.pooling import local_mean_and_spread
from tingzhen.training.noise_candidates.protocol import Fitted, Material, Rows, Split

BALANCE = 0.5
HEADS = FitSettings()
ATTENTION = FitSettings(batch=64, steps=200, learning_rate=5e-3)
OWN = FitSettings(batch=32, steps=250, learning_rate=3e-3, ridge=1e-3)
LAST_BLOCKS = FitSettings(batch=16, steps=120, learning_rate=1e-3)
ALL_BLOCKS = FitSettings(batch=16, steps=60, learning_rate=1e-3)

Fit = Callable[[Material, Rows, Split], Fitted]


class LocalAttention(nn.Module):
    """Attention over means and spreads of stretches of 1.6 s: frames (batch, time, channels)."""

    def __init__(self, attention: AttentionHead) -> None:
        super().__init__()
        self.attention = attention
        self.head = attention.head

    def forward(self, frames: Tensor) -> Tensor:
        return self.attention(local_mean_and_spread(frames))


def _fitted(  # noqa: PLR0917 - the parts of one fit
    module: nn.Module, inputs: Inputs, kind: str, material: Material, rows: Rows,
    settings: FitSettings, *, balance: float = BALANCE, loss_of: Loss = plain_loss,
    wanted: Tensor | None = None,
) -> Fitted:  # fmt: skip
    fit(
        module, inputs, material.wanted if wanted is None else wanted,
        material.weights(rows, balance), rows, settings, seed=material.seed, loss_of=loss_of,
    )  # fmt: skip
    return Fitted(module, inputs, kind)


def linear(kind: str, *, balance: float = BALANCE) -> Fit:
    """A linear head on vectors of a kind."""

    def fit_linear(material: Material, rows: Rows, split: Split) -> Fitted:
        inputs = Vectors(material.vectors(kind))
        module = LinearHead(inputs.vectors[torch.from_numpy(rows)], len(OUTPUTS))
        return _fitted(module, inputs, kind, material, rows, HEADS, balance=balance)

    return fit_linear


def taught(kind: str, wanted_of: Callable[[Material, Split], Tensor]) -> Fit:
    """A linear head that learns what others say (Hinton, Vinyals and Dean 2015)."""

    def fit_taught(material: Material, rows: Rows, split: Split) -> Fitted:
        inputs = Vectors(material.vectors(kind))
        module = LinearHead(inputs.vectors[torch.from_numpy(rows)], len(OUTPUTS))
        # What teachers say is soft already.
        settings = replace(HEADS, smoothing=0.0)
        wanted = wanted_of(material, split)
        return _fitted(module, inputs, kind, material, rows, settings, wanted=wanted)

    return fit_taught


def group_robust(kind: str) -> Fit:
    """A linear head by group DRO over pairs of label and source. Types, and in a type sources, are
    drawn alike, much as Sagawa et al. draw groups; without mixup: a mixture has no one group."""

    def fit_robust(material: Material, rows: Rows, split: Split) -> Fitted:
        inputs = Vectors(material.vectors(kind))
        module = LinearHead(inputs.vectors[torch.from_numpy(rows)], len(OUTPUTS))
        pair, _ = groups_of(material.clips, material.hearings)
        loss = GroupRobustLoss(torch.from_numpy(pair), rate=0.05)
        settings = replace(HEADS, mixup=0.0)
        return _fitted(
            module, inputs, kind, material, rows, settings, balance=0.0, loss_of=loss
        )  # fmt: skip

    return fit_robust


def narrow(kind: str, *, adversarial: float, balance: float = BALANCE) -> Fit:
    """A head with a narrow layer, plain (0) or set against telling the source this strongly."""

    def fit_narrow(material: Material, rows: Rows, split: Split) -> Fitted:
        inputs = Vectors(material.vectors(kind))
        _, source = groups_of(material.clips, material.hearings)
        torch.manual_seed(material.seed)
        module = NarrowHead(
            inputs.vectors[torch.from_numpy(rows)], len(OUTPUTS), int(source.max()) + 1
        )
        settings = replace(HEADS, mixup=0.0, learning_rate=3e-3)
        against = SourceAdversarialLoss(
            torch.from_numpy(source), steps=settings.steps, strength=adversarial
        )
        loss: Loss = against if adversarial else plain_loss
        return _fitted(
            module, inputs, kind, material, rows, settings, balance=balance, loss_of=loss
        )  # fmt: skip

    return fit_narrow


def attention(kind: str) -> Fit:
    """Attention over time on frozen frames: kind is middle or last."""

    def fit_attention(material: Material, rows: Rows, split: Split) -> Fitted:
        vectors = material.vectors(f"{kind}_vector")[torch.from_numpy(rows)]
        module: nn.Module = AttentionHead(vectors.mean(dim=0), vectors.std(dim=0), len(OUTPUTS))
        if kind == "middle":
            module = LocalAttention(module)
        frames = 20 if kind == "middle" else 10
        inputs = Windows([material.cache.read(kind)], [frames], [3.2 / frames])
        return _fitted(module, inputs, kind, material, rows, ATTENTION)

    return fit_attention


def fine_tuned(*, all_blocks: bool) -> Fit:
    """A linear head first, then the backbone's blocks with it, on stretches of 1.92 s."""

    def fit_blocks(material: Material, rows: Rows, split: Split) -> Fitted:
        head = linear("last_vector")(material, rows, split).module
        cache = material.cache
        module = FineTuned(cache.trunk, cache.backbone, head, all_blocks=all_blocks)
        kind, frames = ("mel", 192) if all_blocks else ("map", 12)
        inputs = Windows([cache.read(kind)], [frames], [1.92 / frames])
        settings = ALL_BLOCKS if all_blocks else LAST_BLOCKS
        return _fitted(module, inputs, kind, material, rows, settings)

    return fit_blocks


def own(material: Material, rows: Rows, split: Split) -> Fitted:
    """The small network, from scratch, on stretches of 2 s."""
    torch.manual_seed(material.seed)
    module = OwnNetwork(len(OUTPUTS))
    kinds = [material.cache.read("mel"), material.cache.read("tones")]
    inputs = Windows(kinds, [200, 22], [0.01, 0.08])
    return _fitted(module, inputs, "own", material, rows, OWN)
