"""All hearings of a run: in one go, cut off, by two processes."""

import numpy as np
import pytest
import torch

from tests.training.noise.tiny import WIDTH, backbone, clip, event, mixtures
from tingzhen.training.noise import material as room
from tingzhen.training.noise.hearings import Hearing, Recipe, plan_hearings
from tingzhen.training.noise.material import make_material
from tingzhen.training.runs import Run

CLIPS = [clip("normal", "a"), clip("knock", "b"), clip("normal", "c", "t")]
PLAN = plan_hearings(CLIPS, Recipe(phones=1, beds=3, scenes=1), seed=0)


class CutError(RuntimeError):
    """Stands for a process that is ended from outside."""


def made(folder, plan=PLAN, *, processes=1, advance=lambda _done: None):
    random = np.random.default_rng(0)
    waveforms = [random.normal(0, 0.1, n).astype(np.float32) for n in (20_000, 30_000, 70_000)]
    return make_material(
        Run(folder), plan, CLIPS, waveforms, backbone(),
        seed=0, processes=processes, advance=advance,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(room, "PART", 4)


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory):
    """Everything in a single part."""
    return made(tmp_path_factory.mktemp("whole"))


def assert_same(one, other):
    assert torch.equal(one.clips.vectors, other.clips.vectors)
    assert np.array_equal(one.clips.clip, other.clips.clip)
    for a, b in ((one.beds, other.beds), (one.scenes, other.scenes)):
        assert torch.equal(a.vectors, b.vectors) and a.events == b.events
        for name in ("types", "bed", "steps", "truth"):
            assert np.array_equal(getattr(a, name), getattr(b, name)), name
            assert getattr(a, name).dtype == getattr(b, name).dtype, name


def test_everything_stands_where_the_plan_says(in_one_go):
    assert in_one_go.clips.clip.tolist() == [0, 1, 2, 0, 1, 2]
    assert in_one_go.clips.vectors.shape == (6, 2 * WIDTH)
    assert in_one_go.beds.bed.tolist() == [h.clip for h in PLAN if h.kind == "bed"]
    assert in_one_go.scenes.bed.tolist() == [-1]
    assert in_one_go.beds.steps.shape == (3, 24, WIDTH)
    assert in_one_go.beds.truth.shape == (3, 24, 12)
    # A bed and its steps, truth and events belong together.
    for i in range(3):
        assert in_one_go.beds.truth[i].any() == bool(in_one_go.beds.events[i])
        mean = in_one_go.beds.steps[i].astype(np.float32).mean(axis=0)
        np.testing.assert_allclose(in_one_go.beds.vectors[i, :WIDTH].numpy(), mean, atol=2e-3)


@pytest.mark.parametrize("cut_after", ["heard-0", "heard-1"])
def test_cut_off_and_resumed_is_the_same_as_in_one_go(in_one_go, tmp_path, monkeypatch, cut_after):
    save = Run.save_checkpoint

    def save_and_stop(self, name, state):
        save(self, name, state)
        if name == cut_after:
            raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(Run, "save_checkpoint", save_and_stop)
        with pytest.raises(CutError):
            made(tmp_path)
    heard = []
    monkeypatch.setattr(
        Run, "save_checkpoint", lambda self, name, state: (heard.append(name),
                                                           save(self, name, state))
    )  # fmt: skip
    done = []
    assert_same(made(tmp_path, advance=done.append), in_one_go)
    assert cut_after not in heard and heard
    assert sum(done) == len(PLAN)


def test_a_finished_run_is_read_back_and_nothing_is_heard_again(in_one_go, tmp_path, monkeypatch):
    made(tmp_path)
    monkeypatch.setattr(room.Ears, "hear", None)
    assert_same(made(tmp_path), in_one_go)


def test_clips_alone_are_material_too(tmp_path):
    alone = made(tmp_path, [Hearing("clip", i, 0) for i in range(3)])
    assert len(alone.clips.vectors) == 3 and not len(alone.beds) and not len(alone.scenes)


def test_mixtures_are_picked_and_joined_whole():
    one = mixtures(
        [[1.0], [2.0]], ["knock", "normal"], [3, 4], events=[(event("knock", 0, 1),), ()]
    )
    other = mixtures([[5.0]], ["tick"], [-1], events=[(event("tick", 1, 2),)])
    assert one.rows(np.array([True, True])).bed.tolist() == [3, 4]
    both = one.rows(np.array([True, False])).joined(other)
    assert len(both) == 2
    assert both.vectors.tolist() == [[1.0], [5.0]] and both.bed.tolist() == [3, -1]
    assert np.array_equal(both.types, np.stack([one.types[0], other.types[0]]))
    assert [e[0].type for e in both.events] == ["knock", "tick"]


@pytest.mark.slow
def test_two_processes_hear_what_one_hears(in_one_go, tmp_path):
    assert_same(made(tmp_path, processes=2), in_one_go)
