"""The space of learned recordings against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.covariance import empirical_covariance, shrunk_covariance
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from tingzhen.training.noise.neighbourhood import SHRINKAGE, fit_neighbourhood

DIMENSIONS = 5


def learned(seed=0):
    """Sources that differ in where they lie, and one feature that is far wider than the others."""
    random = np.random.default_rng(seed)
    sources = ["a"] * 30 + ["b"] * 25 + ["c"] * 3
    centre = {name: random.normal(0, 3, 8) for name in "abc"}
    rows = np.array([centre[s] + random.normal(0, [9, 1, 1, 1, 1, 1, 1, 1]) for s in sources])
    return rows.astype(np.float32), sources


def mahalanobis_by_sklearn(vectors, sources):
    """Points of PCA and the precision of the shrunk scatter within sources of five and more."""
    standard = (vectors - vectors.mean(axis=0)) / (vectors.std(axis=0) + 1e-2)
    pca = PCA(DIMENSIONS, svd_solver="full").fit(standard)
    points, name = pca.transform(standard), np.array(sources)
    within = np.concatenate([
        points[name == s] - points[name == s].mean(axis=0)
        for s in set(sources) if (name == s).sum() >= 5
    ])  # fmt: skip
    scatter = empirical_covariance(within, assume_centered=True)
    precision = np.linalg.inv(shrunk_covariance(scatter, shrinkage=SHRINKAGE))
    return points, precision


def test_distances_are_mahalanobis_distances_within_sources():
    vectors, sources = learned()
    space = fit_neighbourhood(torch.from_numpy(vectors), sources, dimensions=DIMENSIONS)
    points, precision = mahalanobis_by_sklearn(vectors.astype(np.float64), sources)
    expected = np.sqrt(np.einsum("ni,ij,nj->n", points, precision, points) / DIMENSIONS)
    found = space.from_centre(torch.from_numpy(vectors)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    anchors = space.anchors.T.numpy()
    for i, j in ((0, 1), (3, 40), (56, 57)):
        difference = points[i] - points[j]
        apart = np.sum((anchors[i] - anchors[j]) ** 2)
        assert apart == pytest.approx(difference @ precision @ difference, rel=1e-3)


def test_distance_is_that_of_the_nearest_neighbour():
    vectors, sources = learned()
    heard = torch.from_numpy(learned(seed=5)[0])
    space = fit_neighbourhood(torch.from_numpy(vectors), sources, dimensions=DIMENSIONS)
    search = NearestNeighbors(n_neighbors=1).fit(space.anchors.T.numpy())
    points = (heard @ space.projection + space.offset).numpy()
    expected = search.kneighbors(points)[0][:, 0] / np.sqrt(DIMENSIONS)
    np.testing.assert_allclose(space.distance(heard).numpy(), expected, rtol=1e-3, atol=1e-3)


def test_what_was_learned_lies_at_no_distance_and_the_foreign_far():
    vectors, sources = learned()
    space = fit_neighbourhood(torch.from_numpy(vectors), sources, dimensions=DIMENSIONS)
    own = space.distance(torch.from_numpy(vectors))
    assert own.max() < 0.02
    foreign = torch.from_numpy(vectors) + 200.0 * torch.ones(8)
    assert space.distance(foreign).min() > 10


@pytest.mark.parametrize("count", [2, 4])
def test_few_recordings_make_a_space_as_well(count):
    vectors, _ = learned()
    space = fit_neighbourhood(torch.from_numpy(vectors[:count]), [f"s{i}" for i in range(count)])
    distance = space.distance(torch.from_numpy(vectors))
    assert torch.isfinite(distance).all() and distance[:count].max() < 0.02
