"""From a map of logits to one logit for each type."""

import math

from torch import Tensor


def smooth_maximum(places: Tensor, sharpness: Tensor) -> Tensor:
    """Log-mean-exp over the places of a map (Pinheiro and Collobert 2015, arXiv 1411.6228).

    places: float32 (n, types, h, w), logits. sharpness: float32 (types, 1), above 0, the r of
    (1/r) log mean exp(r x): towards the mean for small r, the maximum for large. Returns float32
    (n, types).
    """
    flat = places.flatten(2)
    pooled = (flat * sharpness).logsumexp(dim=2, keepdim=True) - math.log(flat.shape[2])
    return (pooled / sharpness).squeeze(2)
