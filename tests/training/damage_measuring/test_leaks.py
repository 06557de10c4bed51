"""Copies under other names are found in splits, and splits keep them together."""

import cv2
import numpy as np
import pytest

from tests.training.damage_measuring.conftest import make_picture, texture
from tingzhen.datasets.damage_manifest import read_damage_manifest
from tingzhen.datasets.near_duplicates import perceptual_hash
from tingzhen.datasets.splits import grouped_folds
from tingzhen.training.damage_measuring.leaks import (
    across_folds,
    check_folds,
    groups_across,
    leak_figures,
    leaks_between,
    split_groups,
)
from tingzhen.training.damage_measuring.pictures import read_picture


@pytest.fixture(scope="module")
def copies():
    """Twelve pictures in six groups; the last is a copy of the first, mirrored and smaller."""
    seen = [texture(seed) for seed in range(11)]
    seen.append(cv2.resize(np.ascontiguousarray(seen[0][:, ::-1]), (70, 50)))
    pictures = [make_picture("dent", f"{i // 2}", path=f"s/{i}.png") for i in range(12)]
    return pictures, [perceptual_hash(rgb) for rgb in seen]


def test_a_copy_in_another_fold_is_a_leak(copies):
    pictures, hashes = copies
    fold = np.array([i // 2 % 3 for i in range(12)])
    (pair,) = across_folds(hashes, fold)
    assert (pair.first, pair.second, pair.mirrored) == (0, 11, True)
    found = leak_figures(pictures, hashes, fold)
    assert found["across_groups"] == found["pairs_across_folds"] == 1
    assert found["groups_across_folds"] == 0
    assert found["pairs"][0]["first"] == "s/0.png" and found["pairs"][0]["second"] == "s/11.png"
    with pytest.raises(ValueError, match="1 near-duplicates"):
        check_folds(pictures, hashes, fold)


def test_a_group_in_two_folds_is_a_leak(copies):
    pictures, hashes = copies
    fold = np.array([0, 1] + [0] * 10)
    groups = [picture.group for picture in pictures]
    assert groups_across(groups, fold) == ["phone/0"]
    with pytest.raises(ValueError, match="1 groups"):
        check_folds(pictures, hashes, fold)


def test_joined_groups_leave_no_leak(copies):
    pictures, hashes = copies
    groups = split_groups([picture.group for picture in pictures], hashes)
    assert len(set(groups)) == 5 and groups[0] == groups[11]
    for seed in range(5):
        fold = grouped_folds(groups, [frozenset({"dent"})] * 12, folds=3, seed=seed)
        check_folds(pictures, hashes, fold)


def test_a_finished_bundle_has_no_folds(copies):
    pictures, hashes = copies
    found = leak_figures(pictures, hashes, None)
    assert found["across_groups"] == 1 and "pairs_across_folds" not in found


def test_between_two_manifests(copies):
    pictures, hashes = copies
    found = leaks_between(pictures[:4], hashes[:4], pictures[2:], hashes[2:])
    # Two are in both, and the first is the original of the last.
    assert (found["shared_groups"], found["pairs_between"]) == (1, 3)
    assert leaks_between(pictures[:2], hashes[:2], pictures[4:8], hashes[4:8])["pairs"] == []


@pytest.mark.slow
def test_folds_of_the_development_photographs_hold_no_copies_across(data_dir):
    manifest = data_dir / "vision" / "manifest.csv"
    if not manifest.is_file():
        pytest.skip("no photographs in the development data")
    pictures = read_damage_manifest(manifest)
    hashes = [perceptual_hash(read_picture(picture)) for picture in pictures]
    plain = [picture.group for picture in pictures]
    labels = [frozenset(f"{p.source}:{label}" for label in p.labels) for p in pictures]
    groups = split_groups(plain, hashes)
    # Web photos stand in several collections: without joining they would leak.
    assert leak_figures(pictures, hashes, None)["across_groups"] > 50
    assert 0.9 * len(set(plain)) < len(set(groups)) < len(set(plain))
    check_folds(pictures, hashes, grouped_folds(groups, labels, folds=3, seed=0))
    leaking = grouped_folds(plain, labels, folds=3, seed=0)
    assert leak_figures(pictures, hashes, leaking)["pairs_across_folds"] > 0
