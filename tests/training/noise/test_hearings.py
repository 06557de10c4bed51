"""What is heard: the plan, clips through phones, faults over beds."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.noise.tiny import RATE, backbone, clip
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.training.noise import hearings
from tingzhen.training.noise.hearings import (
    Ears,
    Hearing,
    Recipe,
    hear_clip,
    lay_over,
    plan_hearings,
)
from tingzhen.training.noise.network import STEP_S, Trunk

any_clips = st.lists(
    st.builds(
        lambda type_, group, source: clip(type_, f"g{group}", source),
        st.sampled_from(["knock", "squeal", "normal", "not_vehicle"]),
        st.integers(0, 12),
        st.sampled_from(["a", "b", GENERATED]),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(any_clips, st.integers(0, 5))
def test_the_plan_is_clips_then_phones_then_beds_then_scenes(clips, seed):
    recipe = Recipe(phones=2, beds=7, scenes=3)
    plan = plan_hearings(clips, recipe, seed=seed)
    n = len(clips)
    assert plan[: 3 * n] == [Hearing("clip", i, v) for v in range(3) for i in range(n)]
    beds, scenes = plan[3 * n : -3], plan[-3:]
    assert scenes == [Hearing("scene", -1, number) for number in range(3)]
    healthy = [c for c in clips if not c.faulty and c.source != GENERATED]
    assert len(beds) == (7 if healthy else 0)
    for number, bed in enumerate(beds):
        assert (bed.kind, bed.number) == ("bed", number)
        assert clips[bed.clip] in healthy
    assert plan == plan_hearings(clips, recipe, seed=seed)


def test_another_seed_draws_other_beds():
    clips = [clip("normal", f"g{i}") for i in range(20)]
    one, other = (plan_hearings(clips, Recipe(0, 50, 0), seed=seed) for seed in (1, 2))
    assert one[:20] == other[:20] and one != other


def test_beds_come_from_each_source_with_the_root_of_its_recordings_however_often_cut():
    clips = [clip("normal", f"a{i}", "large") for i in range(16)]
    clips += [clip("normal", "b", "small")] * 5 + [clip("knock", "k", "small")] * 5
    plan = plan_hearings(clips, Recipe(phones=0, beds=20_000, scenes=0), seed=0)
    drawn = Counter(clips[h.clip].source for h in plan if h.kind == "bed")
    assert drawn["large"] / drawn["small"] == pytest.approx(4.0, rel=0.1)


@pytest.mark.parametrize(
    "samples", [100, 8_000, 16_000, 16_001, 24_000, 200_000, 480_000, 480_001, 600_000]
)
def test_a_clip_is_heard_for_one_to_thirty_seconds(samples):
    waveform = np.random.default_rng(0).normal(0, 0.1, samples).astype(np.float32)
    whole = hear_clip(waveform, 0, np.random.default_rng(1))
    assert len(whole) == min(max(samples, RATE), 30 * RATE)
    assert np.array_equal(whole[:samples], waveform[: 30 * RATE])
    if samples < RATE:
        assert np.array_equal(whole[samples : 2 * samples], waveform[: len(whole) - samples])
    crop = hear_clip(waveform, 1, np.random.default_rng(1))
    assert RATE <= len(crop) <= max(RATE, min(samples, 8 * RATE))
    assert np.isfinite(crop).all() and crop.std() > 0


def test_silence_through_a_phone_is_finite():
    crop = hear_clip(np.zeros(40_000, np.float32), 1, np.random.default_rng(0))
    assert np.isfinite(crop).all()


@pytest.fixture
def ideal_phone(monkeypatch):
    """A phone that changes nothing, so that what was mixed can be taken apart again."""
    monkeypatch.setattr(hearings, "through_phone", lambda wave, _random, strength: wave)


def a_weighted_energy(wave, events):
    """Within the events, by IEC 61672-1's formula of A-weighting."""
    bins, hz = np.fft.rfft(wave, 1 << 17), np.fft.rfftfreq(1 << 17, 1 / RATE)
    squares = hz**2
    gain = 12194**2 * squares**2 / (
        (squares + 20.6**2) * (squares + 12194**2)
        * np.sqrt((squares + 107.7**2) * (squares + 737.9**2))
    )  # fmt: skip
    heard = np.fft.irfft(bins * gain)[: len(wave)]
    return sum(float(np.sum(heard[int(e.start_s * RATE) : int(e.end_s * RATE)] ** 2))
               for e in events)  # fmt: skip


@pytest.mark.usefixtures("ideal_phone")
@pytest.mark.parametrize("seed", range(4))
def test_a_fault_lies_over_the_bed_at_its_level_and_where_the_truth_says(seed):
    recording = np.random.default_rng(9).normal(0, 0.1, 70_000).astype(np.float32)

    def mixed(*, faulty, level_db=None):
        return lay_over(recording, np.random.default_rng(seed), faulty=faulty, level_db=level_db)

    bed, none = mixed(faulty=False)
    faint, events = mixed(faulty=True, level_db=0.0)
    loud, again = mixed(faulty=True, level_db=12.0)
    assert not none and events
    assert len(bed) == len(faint) == 4 * RATE and faint.dtype == np.float32
    for e in events:
        assert e.type in FAULT_NOISES and e.level_db == 0.0
        assert 0.0 <= e.start_s < e.end_s <= 4.0
    assert [(e.type, e.start_s, e.end_s) for e in events] == [
        (e.type, e.start_s, e.end_s) for e in again
    ]
    fault = (faint - bed).astype(np.float64)
    assert np.linalg.norm(loud - bed) / np.linalg.norm(fault) == pytest.approx(10**0.6, rel=1e-3)
    level = a_weighted_energy(fault, events) / a_weighted_energy(bed.astype(float), events)
    assert 10 * np.log10(level) == pytest.approx(0.0, abs=1.0)


def test_a_short_recording_is_repeated_into_a_bed():
    short = np.random.default_rng(0).normal(0, 0.1, 9_000).astype(np.float32)
    made, _ = lay_over(short, np.random.default_rng(0), faulty=True)
    assert len(made) == 4 * RATE and np.isfinite(made).all()


CLIPS = [clip("normal", "n"), clip("not_vehicle", "x"), clip("knock", "k"),
         clip({"squeal", "whine"}, "two")]  # fmt: skip


@pytest.fixture(scope="module")
def ears():
    random = np.random.default_rng(0)
    waveforms = [random.normal(0, 0.1, n).astype(np.float32) for n in (50_000, 90_000, 20_000, 400)]
    return lambda seed=0: Ears(CLIPS, waveforms, Trunk(backbone()), seed)


PLAN = [Hearing("clip", 0, 0), Hearing("clip", 2, 1), Hearing("bed", 0, 0), Hearing("scene", -1, 1)]


@pytest.mark.parametrize("hearing", PLAN)
def test_a_hearing_is_the_same_whenever_it_is_heard(ears, hearing):
    first, second = ears(), ears()
    second.hear(Hearing("clip", 3, 1))
    one, other = first.hear(hearing), second.hear(hearing)
    assert np.array_equal(one.pooled, other.pooled) and np.array_equal(one.types, other.types)
    assert one.events == other.events
    if hearing.kind != "clip":
        assert np.array_equal(one.steps, other.steps) and np.array_equal(one.truth, other.truth)
    if hearing.number or hearing.kind == "bed":
        for changed in (
            ears(seed=1).hear(hearing),
            first.hear(Hearing(hearing.kind, hearing.clip, hearing.number + 1)),
        ):
            assert not np.array_equal(one.pooled, changed.pooled)


def test_a_clip_holds_its_types_and_no_truth_over_time(ears):
    heard = ears().hear(Hearing("clip", 3, 0))
    assert {t for t, held in zip(NOISE_TYPES, heard.types, strict=True) if held} == CLIPS[3].types
    assert heard.steps is None and heard.truth is None and not heard.events
    assert heard.pooled.shape == (16,) and heard.pooled.dtype == np.float32


def test_truth_of_a_mixture_stands_where_its_events_lie(ears):
    listening, faulty = ears(), 0
    for number in range(10):
        heard = listening.hear(Hearing("bed", 0, number))
        held = {t for t, h in zip(NOISE_TYPES, heard.types, strict=True) if h}
        assert held == ({e.type for e in heard.events} or {"normal"})
        assert heard.steps.dtype == np.float16 and len(heard.steps) == len(heard.truth) == 24
        for i, row in enumerate(heard.truth):
            middle_s = (i + 0.5) * STEP_S
            near = {e.type for e in heard.events
                    if e.start_s - STEP_S / 2 <= middle_s <= e.end_s + STEP_S / 2}  # fmt: skip
            assert {t for t, h in zip(FAULT_NOISES, row, strict=True) if h} == near
        faulty += bool(heard.events)
    assert 2 <= faulty <= 9


def test_no_fault_is_laid_over_what_is_no_vehicle(ears):
    listening = ears()
    for number in range(6):
        heard = listening.hear(Hearing("bed", 1, number))
        assert not heard.events and not heard.truth.any()
        assert heard.types[NOISE_TYPES.index("not_vehicle")] == heard.types.sum() == 1


def test_a_scene_says_what_it_holds(ears):
    listening = ears()
    for number in range(3):
        heard = listening.hear(Hearing("scene", -1, number))
        assert heard.types.sum() >= 1
        assert {e.type for e in heard.events} == {
            t for t, held in zip(NOISE_TYPES, heard.types, strict=True) if held
        } & set(FAULT_NOISES)
