"""What training minimises. Nothing that is not said has a gradient."""

import torch
from torch import Tensor
from torch.nn import functional

from tingzhen.training.damage.truth import PRESENT, UNSAID


def picture_loss(
    logits: Tensor, targets: Tensor, positive_weight: Tensor, *, smoothing: float = 0.0
) -> Tensor:
    """Weighted binary cross-entropy over what is said, summed over types, mean over pictures.

    logits: (n, types). targets: (n, types), 0, 1 or NaN for not said. positive_weight: (types,).
    smoothing: targets become smoothing and 1 - smoothing, for labels that are wrong now and then.
    """
    known = ~torch.isnan(targets)
    said = torch.where(known, targets, torch.zeros_like(targets))
    said = said * (1 - 2 * smoothing) + smoothing
    loss = functional.binary_cross_entropy_with_logits(
        logits, said, pos_weight=positive_weight, reduction="none"
    )
    return (loss * known).sum() / logits.shape[0]


def place_loss(
    places: Tensor,
    said: Tensor,
    positive_weight: Tensor,
    *,
    smoothing: float = 0.0,
    bootstrapping: float = 0.0,
) -> Tensor:
    """Weighted binary cross-entropy over the places of which something is said, summed over types:
    for each type the mean over its places in a picture, then over the pictures that say anything
    of it, so that a type that few pictures speak of is not drowned.

    places: logits (n, types, h, w). said: uint8 of the same shape, ABSENT, PRESENT or UNSAID.
    positive_weight: (types,). bootstrapping: soft bootstrapping (Reed et al. 2015, arXiv
    1412.6596) of the present places: this share of their target is what the network says itself,
    because a box around a thin scratch is mostly whole paint.
    """
    known = said != UNSAID
    present = (said == PRESENT).to(places.dtype)
    target = present * (1 - 2 * smoothing) + smoothing
    if bootstrapping:
        own = torch.sigmoid(places.detach())
        target = torch.where(
            said == PRESENT, (1 - bootstrapping) * target + bootstrapping * own, target
        )
    loss = functional.binary_cross_entropy_with_logits(places, target, reduction="none")
    weight = known * (1 + (positive_weight[:, None, None] - 1) * present)
    counted = known.sum(dim=(2, 3))
    of_picture = (loss * weight).sum(dim=(2, 3)) / counted.clamp(min=1)
    pictures = (counted > 0).sum(dim=0)
    return (of_picture.sum(dim=0) / pictures.clamp(min=1)).sum()
