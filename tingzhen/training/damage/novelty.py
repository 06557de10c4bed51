"""How far a picture is from everything that was learned, and the limit of the familiar."""

import numpy as np
from numpy.typing import NDArray

KINDS = 64
"""Kinds of vehicle picture that are told apart."""


def learned_kinds(embeddings: NDArray[np.float32], *, seed: int) -> NDArray[np.float32]:
    """Centres of vehicle pictures by k-means on the unit sphere: float32 (64, 1280), unit length;
    of fewer than 64 pictures every one is a centre, some of them more than once.

    embeddings: float32 (n, 1280), at least one.
    """
    from sklearn.cluster import KMeans  # noqa: PLC0415 - slow to import

    vehicles = unit(embeddings)
    if len(vehicles) <= KINDS:
        return np.resize(vehicles, (KINDS, vehicles.shape[1]))
    centres = KMeans(KINDS, n_init=1, random_state=seed).fit(vehicles).cluster_centers_
    return unit(centres.astype(np.float32))


def distance_to_kinds(
    embeddings: NDArray[np.float32], kinds: NDArray[np.float32]
) -> NDArray[np.float32]:
    """float32 (n,): 1 - cosine to the nearest kind."""
    return np.asarray(1 - (unit(embeddings) @ kinds.T).max(axis=1), dtype=np.float32)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), dtype=np.float32)
