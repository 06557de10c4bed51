"""The difference that is fitted, the strength that is chosen, the thresholds that go up."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.noise.tiny import clip
from tests.training.noise_retraining.world import FEATURES, fitted
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.errors import ManifestError
from tingzhen.training.noise_retraining.choice import Trials, choose, try_all
from tingzhen.training.noise_retraining.difference import Lesson, fit_difference
from tingzhen.training.noise_retraining.identity import check_copies, heard_before
from tingzhen.training.noise_retraining.refit import (
    STRENGTHS,
    UNCHANGED,
    Answers,
    NewClips,
    raised,
    refit,
    with_anchors,
)
from tingzhen.training.noise_retraining.vectors import ClipVectors, Scenes

KNOCK, NORMAL = NOISE_TYPES.index("knock"), NOISE_TYPES.index("normal")


def lesson(count=30, seed=0):
    vectors = torch.randn(count, FEATURES, generator=torch.Generator().manual_seed(seed))
    truth = torch.zeros(count, 14)
    truth[:, KNOCK] = (vectors[:, 0] > 0).float()
    truth[:, NORMAL] = 1 - truth[:, KNOCK]
    return Lesson(vectors, truth, torch.full((count,), 1 / count))


def moved(decay, rehearsal):
    shipped = fitted().heads.known
    head = fit_difference(shipped, lesson(), rehearsal, decay=decay)
    return shipped, head, float((head.weight - shipped.weight).norm())


def test_less_decay_moves_further_and_learns():
    rehearsal = torch.randn(50, FEATURES)
    distances = [moved(decay, rehearsal)[2] for decay in (100.0, 0.03)]
    assert distances[0] < 0.05 and distances == sorted(distances)
    _, head, _ = moved(0.03, rehearsal[:0])
    said = head(lesson().vectors)
    assert float(((said[:, KNOCK] > said[:, NORMAL]) == (lesson().truth[:, KNOCK] > 0))
                 .float().mean()) > 0.9  # fmt: skip


def test_rehearsal_keeps_what_was_answered():
    rehearsal = lesson(200, seed=5).vectors
    shipped, with_it, _ = moved(0.03, rehearsal)
    _, without, _ = moved(0.03, rehearsal[:0])
    before = torch.sigmoid(shipped(rehearsal))
    drift = [float((torch.sigmoid(h(rehearsal)) - before).abs().mean()) for h in (with_it, without)]
    assert drift[0] < 0.7 * drift[1]


def test_without_new_clips_nothing_moves():
    empty = Lesson(torch.empty(0, FEATURES), torch.empty(0, 14), torch.empty(0))
    shipped = fitted().heads.open
    assert fit_difference(shipped, empty, torch.randn(9, FEATURES), decay=0.1) is shipped


def new_clips(count=24, seed=0):
    """Knocking recordings have a large first feature, healthy ones a small one."""
    generator = torch.Generator().manual_seed(seed)
    clips, vectors = [], []
    for i in range(count):
        faulty = i % 2 == 0
        clips.append(clip("knock" if faulty else "normal", f"r{i}"))
        own = torch.randn(3, FEATURES, generator=generator) * 0.3
        own[:, 0] += 3.0 if faulty else -3.0
        beds = torch.empty(0, FEATURES) if faulty else own[:2] + 0.1
        types = np.zeros((len(beds), 14), np.uint8)
        types[:, NORMAL] = 1
        vectors.append(ClipVectors(own, beds, types, np.array([0, 0, 0, 0, 1, 0.0]), 0.1))
    rehearsal = Scenes(torch.randn(60, FEATURES, generator=generator), np.ones((60, 14), np.uint8))
    return NewClips(clips, vectors, rehearsal)


def test_a_clear_lesson_is_taken_and_a_fold_never_hears_itself():
    new = new_clips()
    part = np.arange(24, dtype=np.int64) // 2 % 4
    trials = try_all(fitted(), new, part)
    assert trials.answers.keys() == {s.name for s in STRENGTHS}
    strength = choose(new.clips, trials, np.ones(24, bool))
    assert strength.decay is not None
    said = trials.answers[strength.name].probabilities
    assert ((said[:, KNOCK] > said[:, NORMAL]) == (np.arange(24) % 2 == 0)).mean() > 0.9
    with pytest.raises(ManifestError, match="both training and test"):
        try_all(fitted(), replace(new, clips=[clip("knock", "r")] * 24), part)


def test_no_change_is_chosen_where_nothing_is_proved():
    clips = [clip("knock", f"r{i}") for i in range(8)]
    random = np.random.default_rng(0)
    same = Answers(random.uniform(0.1, 0.9, (8, 14)), np.ones(8))
    everyone = np.ones(8, bool)
    alike = Trials(dict.fromkeys([s.name for s in STRENGTHS], same), np.arange(8))
    assert choose(clips, alike, everyone) is UNCHANGED
    # Better on one recording of eight: within one standard error.
    lucky = same.probabilities.copy()
    lucky[0] = np.eye(14)[KNOCK]
    lucky[1, KNOCK] *= 0.9
    told = {s.name: same for s in STRENGTHS} | {"strong": Answers(lucky, np.ones(8))}
    assert choose(clips, Trials(told, np.arange(8)), everyone) is UNCHANGED
    assert choose(clips, Trials(told, np.arange(8)), ~everyone) is UNCHANGED


def test_unchanged_is_the_shipped_and_anchors_alone_keep_the_heads():
    shipped, new, everyone = fitted().heads, new_clips(4), np.ones(4, bool)
    assert refit(shipped, new, everyone, UNCHANGED) is shipped
    found = refit(shipped, new, everyone, STRENGTHS[1])
    assert found.known is shipped.known and found.neighbourhood.anchors.shape == (4, 13)
    assert float(found.neighbourhood.distance(new.clean).max()) < 0.01
    assert float(shipped.neighbourhood.distance(new.clean).min()) > 1


def test_thresholds_only_go_up():
    decision = fitted().decision
    clips = [clip("normal", f"r{i}") for i in range(6)]
    quiet = np.full((6, 14), 0.05)
    quiet[:, NORMAL] = 0.9
    assert raised(decision, clips, quiet).rule == decision.rule
    loud = quiet.copy()
    loud[2, KNOCK], loud[2, NORMAL] = 0.8, 0.1
    loud[3, 1], loud[3, NORMAL] = 0.8, 0.85
    rule = raised(decision, clips, loud).rule
    assert rule.thresholds["knock"] == pytest.approx(0.8, abs=1e-3)
    assert rule.far_thresholds["knock"] >= rule.thresholds["knock"]
    # `normal` was still more probable, so that one could not have been claimed.
    assert rule.thresholds["tick"] == decision.rule.thresholds["tick"]
    assert raised(decision, [clip("knock", "a")], loud[:1]) is decision


def test_one_content_in_two_recordings_is_a_leak():
    clips = [clip("knock", "a"), clip("knock", "b"), clip("knock", "c"), clip("knock", "c")]
    assert check_copies(clips, ["1", "2", "3", "3"]) == [["/c.wav", "/c.wav"]]
    with pytest.raises(ManifestError, match=r"a\.wav = /b\.wav"):
        check_copies(clips, ["1", "1", "3", "4"])


def test_learned_recordings_are_known_by_name_by_content_and_by_sound():
    from tingzhen.training.noise.bundle import group_mark

    clips = [clip("knock", name) for name in "abcd"]
    vectors = torch.randn(4, FEATURES)
    space = with_anchors(fitted().heads.neighbourhood, vectors[2:3] + 1e-4)
    metadata = {"training_groups": [group_mark(clips[0])], "training_content": ["2" * 10]}
    digests = [str(i + 1) * 20 for i in range(4)]
    assert heard_before(clips, digests, vectors, metadata, space).tolist() == [
        True, True, True, False,
    ]  # fmt: skip
