"""Nothing of the part that is left out reaches a fit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.noise.tiny import clip, mixtures
from tingzhen.errors import ManifestError
from tingzhen.training.noise import crossval
from tingzhen.training.noise.crossval import fit_heads, out_of_fold
from tingzhen.training.noise.fit import FitSettings, targets
from tingzhen.training.noise.head import LinearHead, Neighbourhood
from tingzhen.training.noise.material import Clips, Material

QUICK = FitSettings(steps=5, batch=16)
CLEAN, PHONE, BED, SCENE = 1.0, 2.0, 3.0, 4.0


def marked(clips, beds, scenes=2):
    """Vectors (clip that it is of, kind), so that a fit shows what it was given."""
    n = len(clips)
    rows = [[float(i), kind] for kind in (CLEAN, PHONE) for i in range(n)]
    return Material(
        Clips(torch.tensor(rows), np.tile(np.arange(n), 2)),
        mixtures(np.array([[b, BED] for b in beds]).reshape(-1, 2), ["knock"] * len(beds), beds),
        mixtures([[-1.0, SCENE]] * scenes, ["tick"] * scenes, [-1] * scenes),
    )


class Spy:
    """Takes the place of the fits and keeps what they are given."""

    def __init__(self, patch):
        self.heads, self.spaces = [], []
        patch.setattr(crossval, "fit_head", self.head)
        patch.setattr(crossval, "fit_neighbourhood", self.space)

    def head(self, vectors, truth, weight, settings, *, decay, seed, advance, told=None):
        assert len(vectors) == len(truth) == len(weight)
        self.heads.append((vectors.numpy(), truth, weight, decay))
        return LinearHead(torch.zeros(2, 14), torch.full((14,), float(len(self.heads))))

    def space(self, vectors, sources):
        self.spaces.append((vectors.numpy(), list(sources)))
        return Neighbourhood(torch.eye(2), torch.zeros(2), torch.zeros(2, 1))


clip_kinds = st.tuples(
    st.sampled_from(["knock", "squeal", "normal"]), st.integers(0, 9), st.integers(0, 2)
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(clip_kinds, min_size=6, max_size=24),
    st.lists(st.integers(0, 23), max_size=12),
    st.booleans(),
)
def test_no_clip_and_no_bed_of_the_left_out_part_reaches_a_fit(kinds, beds, by_source):
    clips = [clip(type_, f"g{group}s{source}", f"s{source}") for type_, group, source in kinds]
    part = np.array([source if by_source else group % 3 for _, group, source in kinds])
    beds = [b % len(clips) for b in beds]
    with pytest.MonkeyPatch.context() as patch:
        spy = Spy(patch)
        if len(set(part.tolist())) < 2:
            return
        found = out_of_fold(marked(clips, beds), clips, part, QUICK, seed=0)
    parts = sorted(set(part.tolist()))
    assert len(spy.heads) == 2 * len(parts) and len(spy.spaces) == len(parts)
    wanted = targets(clips)
    for number, k in enumerate(parts):
        learned = [i for i in range(len(clips)) if part[i] != k]
        kept_beds = sorted(b for b in beds if part[b] != k)
        vectors, truth, weight, decay = spy.heads[2 * number]
        kind, of = vectors[:, 1], vectors[:, 0].astype(int)
        # Everything of what may be learned, and nothing else.
        assert sorted(of[kind == CLEAN]) == sorted(of[kind == PHONE]) == learned
        assert sorted(of[kind == BED]) == kept_beds and not (kind == SCENE).any()
        assert decay == QUICK.weight_decay
        recorded = kind < BED
        assert np.array_equal(truth[recorded], wanted[of[recorded]])
        assert weight[recorded].sum() == pytest.approx(1.0)
        assert weight[~recorded].sum() == pytest.approx(1.0 if kept_beds else 0.0)
        vectors, truth, weight, decay = spy.heads[2 * number + 1]
        assert set(vectors[:, 1]) <= {BED, SCENE} and decay == QUICK.open_decay
        assert sorted(vectors[vectors[:, 1] == BED, 0].astype(int)) == kept_beds
        vectors, sources = spy.spaces[number]
        assert vectors[:, 0].astype(int).tolist() == learned
        assert set(vectors[:, 1]) == {CLEAN}
        assert sources == [clips[i].source for i in learned]
        if by_source:
            assert f"s{k}" not in sources
        # Each clip is scored by the heads of its own part.
        assert (found.known[part == k] == 2 * number + 1).all()
        assert (found.open[part == k] == 2 * number + 2).all()


def world():
    random = np.random.default_rng(0)
    clips = [clip(("knock", "normal", "squeal")[i % 3], f"g{i // 2}", f"s{i // 2 % 2}")
             for i in range(24)]  # fmt: skip
    beds = [i for i in range(24) if clips[i].types == {"normal"}] * 2
    material = Material(
        Clips(torch.from_numpy(random.normal(0, 1, (48, 6)).astype(np.float32)),
              np.tile(np.arange(24), 2)),
        mixtures(random.normal(0, 1, (len(beds), 6)), ["knock", "normal"] * (len(beds) // 2), beds),
        mixtures(random.normal(0, 1, (8, 6)), ["tick", "normal"] * 4, [-1] * 8),
    )  # fmt: skip
    return clips, material, np.arange(24, dtype=np.int64) // 2 % 4


@pytest.mark.parametrize("split", ["recording", "source"])
def test_a_score_does_not_change_with_anything_else_of_its_own_part(split):
    """The same with the fits themselves: replace all that is left out but the clip that is
    scored."""
    clips, material, part = world()
    if split == "source":
        part = np.array([int(c.source[1:]) for c in clips])
    before = out_of_fold(material, clips, part, QUICK, seed=3)
    own = np.flatnonzero(part == 1)
    changed = material.clips.vectors.clone()
    changed[np.isin(material.clips.clip, own[1:])] = 50.0
    changed[24 + own[0]] = 50.0  # another hearing of the scored clip itself
    beds = mixtures(material.beds.vectors.numpy().copy(), ["knock"] * len(material.beds),
                    material.beds.bed)  # fmt: skip
    beds.types[:] = material.beds.types
    of_part = np.isin(beds.bed, own)
    beds.vectors[torch.from_numpy(of_part)] = -50.0
    beds.types[of_part] = 1
    other = [clip("whine", c.group, c.source) if i in own[1:] else c for i, c in enumerate(clips)]
    after = out_of_fold(
        Material(Clips(changed, material.clips.clip), beds, material.scenes), other, part, QUICK,
        seed=3,
    )  # fmt: skip
    for name in ("known", "open", "distance", "mahalanobis"):
        one, two = getattr(before, name), getattr(after, name)
        assert np.array_equal(one[own[0]], two[own[0]]), name
        assert not np.allclose(one[part != 1], two[part != 1]), name


def test_a_recording_on_both_sides_is_refused():
    clips, material, part = world()
    part[0] = (part[1] + 1) % 4
    with pytest.raises(ManifestError, match="g0"):
        out_of_fold(material, clips, part, QUICK, seed=0)


def test_without_mixtures_one_head_answers_for_both():
    clips, material, _ = world()
    none = mixtures(np.empty((0, 6)), [], [])
    heads = fit_heads(
        Material(material.clips, none, none), clips, np.ones(24, dtype=bool), QUICK, seed=0
    )
    assert heads.open is heads.known


def test_progress_tells_of_every_step():
    clips, material, part = world()
    done = []
    out_of_fold(material, clips, part, QUICK, seed=0, advance=lambda: done.append(1))
    assert len(done) == 2 * QUICK.steps * 4
