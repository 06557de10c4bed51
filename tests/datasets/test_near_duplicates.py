"""Copies are found, strangers are not; groups that copies tie together are one."""

import csv

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.damage_measuring.conftest import texture
from tingzhen.datasets.near_duplicates import (
    ALIKE_BITS,
    alike_between,
    alike_within,
    perceptual_hash,
)
from tingzhen.datasets.splits import joined_groups


def spoiled(rgb, seed):
    """Scaled, stretched, darker, with a watermark, as JPEG."""
    random = np.random.default_rng(seed)
    size = tuple(int(side) for side in random.integers(60, 400, 2))
    copy = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    copy = np.clip(copy * random.uniform(0.75, 1.1) + random.uniform(-10, 10), 0, 255)
    copy = np.ascontiguousarray(copy.astype(np.uint8))
    cv2.putText(copy, "stock", (5, size[1] // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1)
    _, coded = cv2.imencode(".jpg", copy, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)


@pytest.mark.parametrize("seed", range(12))
def test_a_spoiled_copy_is_found(seed):
    rgb = texture(seed)
    (pair,) = alike_within([perceptual_hash(rgb), perceptual_hash(spoiled(rgb, seed))])
    assert (pair.first, pair.second, pair.mirrored) == (0, 1, False) and pair.bits <= ALIKE_BITS


@pytest.mark.parametrize("seed", range(6))
def test_a_mirrored_copy_is_found(seed):
    rgb = texture(seed)
    (pair,) = alike_within([perceptual_hash(rgb), perceptual_hash(spoiled(rgb[:, ::-1], seed))])
    assert pair.mirrored


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=25)
def test_the_hash_of_the_mirrored_picture_is_known_without_it(seed):
    rgb = texture(seed)
    here, there = perceptual_hash(rgb), perceptual_hash(np.ascontiguousarray(rgb[:, ::-1]))
    # Rounding in the shrunk picture may turn a bit that lies at the median.
    assert (here.mirrored ^ there.plain).bit_count() <= 2
    assert (here.plain ^ there.mirrored).bit_count() <= 2


def test_strangers_are_not_alike():
    assert alike_within([perceptual_hash(texture(seed)) for seed in range(200)]) == []


def test_pairs_are_those_of_a_plain_loop():
    hashes = [perceptual_hash(texture(seed)) for seed in range(40)] + [None]
    others = [perceptual_hash(texture(seed)) for seed in range(30, 70)]
    expected = [
        (i, j)
        for i, one in enumerate(hashes)
        for j, other in enumerate(others)
        if one is not None
        and min((one.plain ^ other.plain).bit_count(), (one.plain ^ other.mirrored).bit_count())
        <= 20
    ]
    found = [(pair.first, pair.second) for pair in alike_between(hashes, others, bits=20)]
    assert found == expected and len(found) >= 10


def test_without_contrast_there_is_no_hash():
    flat = np.full((64, 64, 3), 90, np.uint8)
    assert perceptual_hash(flat) is None
    grain = np.random.default_rng(0).integers(0, 3, flat.shape, dtype=np.uint8)
    assert perceptual_hash(flat + grain) is None
    assert alike_within([None, None]) == []


@given(
    st.lists(st.integers(0, 7), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=8),
)
@settings(deadline=None)
def test_joined_groups_are_the_connected_parts(numbers, pairs):
    groups = [f"g{number}" for number in numbers]
    pairs = [(a % len(groups), b % len(groups)) for a, b in pairs]
    joined = joined_groups(groups, pairs)
    parts = {group: {group} for group in groups}
    for _ in groups:
        for a, b in pairs:
            union = parts[groups[a]] | parts[groups[b]]
            for member in union:
                parts[member] = union
    for i, one in enumerate(groups):
        assert joined[i] == min(parts[one])
        for j, other in enumerate(groups):
            assert (joined[i] == joined[j]) == (other in parts[one])


def test_copies_of_the_development_photographs_are_known(data_dir):
    """One web photo that two collections hold, and two cars that are not alike."""
    manifest = data_dir / "vision" / "manifest.csv"
    if not manifest.is_file():
        pytest.skip("no photographs in the development data")
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "surya_web"]
    hashes = []
    for row in rows[:200]:
        rgb = cv2.imread(str(manifest.parent / row["path"]), cv2.IMREAD_COLOR_RGB)
        hashes.append(perceptual_hash(rgb))
    found = alike_within(hashes)
    assert 0 < len(found) < 100
    near = sum(pair.bits <= 4 for pair in found)
    assert near > len(found) / 2  # copies are close, or the limit would be arbitrary
