"""From a map of logits to one logit for each type."""

import math

from torch import Tensor


def smooth_maximum(places: Tensor, log_sharpness: Tensor) -> Tensor:
    """Log-mean-exp over the places of a map (Pinheiro and Collobert 2015, arXiv 1411.6228).

    places: float32 (n, types, h, w), logits. log_sharpness: float32 (types,), log of r in
    (1/r) log mean exp(r x): towards the mean for small r, the maximum for large. Returns float32
    (n, types).
    """
    flat = places.flatten(2)
    sharpness = log_sharpness.exp()
    pooled = (flat * sharpness[:, None]).logsumexp(dim=2) - math.log(flat.shape[2])
    return pooled / sharpness
