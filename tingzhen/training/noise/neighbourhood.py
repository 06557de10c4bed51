"""Where learned recordings lie, and how far a clip is from them."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tingzhen.training.noise.head import Neighbourhood

DIMENSIONS = 32
SHRINKAGE = 0.1
FEW = 5


def fit_neighbourhood(
    vectors: Tensor, sources: Sequence[str], *, dimensions: int = DIMENSIONS
) -> Neighbourhood:
    """Principal components of the learned clips, float32 (n, features), whitened by the scatter
    around the mean of each clip's source (sources of under five clips say nothing of scatter):
    the class-conditional Mahalanobis distance of Lee et al. 2018 with sources as classes, taken to
    the nearest clip instead of the nearest mean. Shrunk towards a sphere as in Ledoit and Wolf
    2004, by a fixed tenth."""
    x = vectors.double().numpy()
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-2
    standard = (x - mean) / spread
    rank = min(dimensions, len(x), x.shape[1])
    right = np.linalg.svd(standard, full_matrices=False)[2][:rank].T
    point = standard @ right
    scatter, counted = np.zeros((rank, rank)), 0
    name = np.asarray(sources, dtype=object)
    for source in sorted(set(sources)):
        own = point[name == source]
        if len(own) >= FEW:
            centred = own - own.mean(axis=0)
            scatter += centred.T @ centred
            counted += len(own)
    if not counted:
        scatter, counted = point.T @ point, len(point)
    scatter /= counted
    level = max(float(np.trace(scatter)) / rank, 1e-6)
    scatter = (1 - SHRINKAGE) * scatter + SHRINKAGE * level * np.eye(rank)
    whiten = np.linalg.inv(np.linalg.cholesky(scatter)).T
    projection = (right / spread[:, None]) @ whiten
    offset = -mean @ projection
    anchors = (x @ projection + offset).T
    return Neighbourhood(
        *(torch.from_numpy(np.ascontiguousarray(a)).float() for a in (projection, offset, anchors))
    )
