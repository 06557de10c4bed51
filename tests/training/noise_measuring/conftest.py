"""Recordings with scores that lean towards the truth, as a recogniser's would."""

from pathlib import Path

import numpy as np
import pytest

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise_measuring.recordings import Scored


def make_clip(type_, group, source, *, reported="", negative=False, weak=False, path=None):
    path = path or Path(f"{group}.wav")
    return NoiseClip(path, frozenset({type_}), group, source, reported, negative, weak)


def make_scored(*, seed=0, lean=1.5, recordings=120):
    random = np.random.default_rng(seed)
    types = ["knock", "squeal", "whine", "rumble", "clunk", "exhaust_blow", "normal", "normal"]
    clips = []
    for i in range(recordings):
        type_ = types[i % len(types)]
        clips += [make_clip(type_, f"g{i}", f"s{i % 3}")] * random.integers(1, 3)
    for i in range(12):
        report = "neg_machinery" if i % 3 == 0 else "neg_rain"
        clips.append(make_clip("not_vehicle", f"x{i}", "s9", reported=report, negative=True))
    clips += [make_clip("normal", f"w{i}", "s8", weak=True) for i in range(6)]
    logits = random.normal(-2, 1.5, (len(clips), len(NOISE_TYPES)))
    for row, clip in zip(logits, clips, strict=True):
        for type_ in clip.types:
            row[NOISE_TYPES.index(type_)] += lean * 2
    verdicts = random.choice(["abnormal", "normal", "cannot_tell"], len(clips)).tolist()
    return Scored(clips, 1 / (1 + np.exp(-logits)), verdicts)


@pytest.fixture
def scored():
    return make_scored()


@pytest.fixture
def fold(scored):
    return np.array([int(clip.group[1:]) % 5 for clip in scored.clips], dtype=np.int64)
