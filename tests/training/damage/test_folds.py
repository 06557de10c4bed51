"""Folds and sources left out: groups and copies stay together."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.damage_measuring.conftest import make_picture
from tingzhen.datasets.near_duplicates import PerceptualHash
from tingzhen.errors import ManifestError, TrainingError
from tingzhen.training.damage.folds import fold_parts, picture_folds, source_part


def plan(count=12):
    own = [
        make_picture(label, f"g{i}", source="ab"[i % 2])
        for i in range(count) for label in ("scratch", "undamaged")
    ]  # fmt: skip
    # Far apart from each other: 16 bits and more.
    hashes = [PerceptualHash((2**64 // 97) * (i + 1) % 2**64, 0) for i in range(len(own))]
    return own, [replace(one, mirrored=one.plain) for one in hashes]


def test_folds_keep_groups_and_copies_whole():
    own, _ = plan()
    hashes = [None] * len(own)
    copy = PerceptualHash(0b1011, 0b1011)
    hashes[0] = hashes[-1] = copy  # of the first and the last group
    folds = picture_folds(own, hashes, folds=3, seed=0)
    assert set(folds.tolist()) == {0, 1, 2}
    for group in {picture.group for picture in own}:
        assert len({folds[i] for i, p in enumerate(own) if p.group == group}) == 1
    assert folds[0] == folds[-1]
    parts = fold_parts(folds, [picture.group for picture in own])
    assert [part.name for part in parts] == ["fold0", "fold1", "fold2"]
    assert sorted(np.concatenate([part.tested for part in parts])) == list(range(len(own)))
    for part in parts:
        assert not set(part.learned) & set(part.tested)
    with pytest.raises(ManifestError):
        picture_folds(own, hashes, folds=13, seed=0)


def test_a_source_left_out_takes_the_copies_of_its_pictures_along():
    own, _ = plan()
    hashes = [None] * len(own)
    copy = PerceptualHash(0b1011, 0b1011)
    first_a = next(i for i, p in enumerate(own) if p.source == "a")
    first_b = next(i for i, p in enumerate(own) if p.source == "b")
    hashes[first_a] = hashes[first_b] = copy
    part = source_part(own, hashes, ["a"])
    assert {own[i].source for i in part.tested} == {"a"}
    assert {own[i].source for i in part.learned} == {"b"}
    assert own[first_b].group not in {own[i].group for i in part.learned}
    with pytest.raises(TrainingError, match="no source"):
        source_part(own, hashes, ["elsewhere"])
    with pytest.raises(TrainingError, match="Nothing is left"):
        source_part(own, hashes, ["a", "b"])
