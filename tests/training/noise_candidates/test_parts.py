"""Each part against a formula, a golden or an independent implementation."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tingzhen.datasets.noise_manifest import NoiseClip  # noqa: E402
from tingzhen.training.noise_candidates.channel_losses import (  # noqa: E402
    GradientReversal,
    GroupRobustLoss,
    SourceAdversarialLoss,
)
from tingzhen.training.noise_candidates.channel_treatments import (  # noqa: E402
    CutLogMel,
    EvenLogMel,
    UnlevelledLogMel,
)
from tingzhen.training.noise_candidates.fitting import FitSettings, Vectors, fit  # noqa: E402
from tingzhen.training.noise_candidates.heads import (  # noqa: E402
    AttentionHead,
    LinearHead,
    NarrowHead,
)
from tingzhen.training.noise_candidates.hearings import (  # noqa: E402
    Hearing,
    heard,
    plan_hearings,
    rows_without,
)
from tingzhen.training.noise_candidates.labels import (  # noqa: E402
    groups_of,
    hearing_weights,
    scored,
    targets,
)
from tingzhen.training.noise_candidates.own_network import OwnNetwork, Rhythm  # noqa: E402
from tingzhen.training.noise_candidates.pcen import Pcen, smoothing_of  # noqa: E402
from tingzhen.training.noise_candidates.pooling import mean_and_spread  # noqa: E402
from tingzhen.training.noise_candidates.ragged import RaggedFolder  # noqa: E402
from tingzhen.training.noise_candidates.tone_bands import BANDS, tone_bands  # noqa: E402

RATE = 16_000


def clip(type_, group, source, *, weak=False):
    return NoiseClip(Path(f"{group}.wav"), frozenset({type_}), group, source, "", False, weak)


@pytest.mark.parametrize("time_s", [0.06, 0.4])
def test_pcen_is_what_librosa_computes(time_s):
    librosa = pytest.importorskip("librosa")
    energies = np.random.default_rng(0).gamma(1.0, 2.0, (64, 150)).astype(np.float32)
    made = Pcen(64, time_s=time_s, gain=0.9, bias=2.0, power=0.4)(
        torch.from_numpy(energies.T[None].copy())
    )
    b = smoothing_of(time_s, 0.01)
    golden = librosa.pcen(
        energies, sr=RATE, hop_length=160, gain=0.9, bias=2.0, power=0.4,
        time_constant=time_s, zi=(1 - b) * energies[:, :1],
    )  # fmt: skip
    np.testing.assert_allclose(made[0].T.detach().numpy(), golden, rtol=2e-3, atol=2e-4)


def test_pcen_forgets_how_loud_a_band_is():
    energies = torch.rand(1, 300, 64) + 0.5
    pcen = Pcen(64, time_s=0.06, gain=1.0)
    even, louder = pcen(energies), pcen(energies * 100)
    torch.testing.assert_close(even[:, 20:], louder[:, 20:], rtol=1e-3, atol=1e-3)


def test_reversed_gradient_is_turned_round_and_scaled():
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    (GradientReversal.apply(x, 0.5) * torch.tensor([3.0, 4.0])).sum().backward()
    torch.testing.assert_close(x.grad, torch.tensor([-1.5, -2.0]))


def test_the_adversary_learns_the_source_while_the_units_unlearn_it():
    head = NarrowHead(torch.randn(40, 6), 2, 3)
    source = torch.randint(0, 3, (8,))
    loss = SourceAdversarialLoss(source, steps=1, strength=1.0)
    vectors, wanted, rows = torch.randn(8, 6), torch.zeros(8, 2), torch.arange(8)
    loss(head, (vectors,), wanted, rows).backward()
    reversed_, learned = head.narrow.weight.grad.clone(), head.source.weight.grad.clone()
    head.zero_grad()
    units = head.units(vectors)
    types = torch.nn.functional.binary_cross_entropy_with_logits(head.head(units), wanted) * 2
    told = torch.nn.functional.cross_entropy(head.source(units), source)
    types.backward(retain_graph=True)
    of_types = head.narrow.weight.grad.clone()
    head.zero_grad()
    told.backward()
    torch.testing.assert_close(reversed_ - of_types, -head.narrow.weight.grad)
    torch.testing.assert_close(learned, head.source.weight.grad)


def test_group_weights_follow_the_worst_group():
    group = torch.tensor([0, 0, 1, 2])
    robust = GroupRobustLoss(group, rate=0.1)
    loss = robust.weighted(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([0, 0, 1]))
    grown = torch.tensor([np.exp(0.2), np.exp(0.5), 1.0], dtype=torch.float32)
    torch.testing.assert_close(robust.q, grown / grown.sum())
    torch.testing.assert_close(loss, robust.q[0] * 2 + robust.q[1] * 5)
    for _ in range(200):
        robust.weighted(torch.tensor([0.1, 2.0]), torch.tensor([0, 1]))
    assert robust.q[1] > 0.99
    assert float(robust.q.sum()) == pytest.approx(1.0, abs=1e-5)


def test_attention_without_a_score_is_the_mean_over_time():
    frames = torch.randn(3, 9, 5)
    head = AttentionHead(torch.zeros(5), torch.ones(5), 4)
    torch.nn.init.normal_(head.head.weight)
    linear = head.head((frames - head.mean) / head.spread).mean(dim=1)
    torch.testing.assert_close(head(frames), linear)


def test_attention_finds_one_frame_among_many():
    head = AttentionHead(torch.zeros(2), torch.ones(2), 1)
    with torch.no_grad():
        head.score.weight[0, 0] = 50.0
        head.head.weight[0, 0] = 1.0
    frames = torch.zeros(1, 100, 2)
    frames[0, 40, 0] = 4.0
    assert float(head(frames).detach() + 2.0) == pytest.approx(4.0 / 1.01, rel=0.01)


def test_mean_and_spread_do_not_tell_how_long_a_clip_is():
    frames = torch.from_numpy(np.random.default_rng(0).normal(2, 3, (1, 4000, 2))).float()
    long, short = mean_and_spread(frames), mean_and_spread(frames[:, :400])
    torch.testing.assert_close(long, short, rtol=0.15, atol=0.3)
    first = frames[0, :10]
    torch.testing.assert_close(
        mean_and_spread(frames[:, :10])[0], torch.cat([first.mean(0), first.std(0, correction=0)])
    )


def test_a_tone_stands_out_in_its_band_however_the_sound_is_coloured():
    time_s = np.arange(2 * RATE) / RATE
    noise = np.random.default_rng(0).normal(0, 0.1, len(time_s))
    sound = (noise + 0.2 * np.sin(2 * np.pi * 1000 * time_s)).astype(np.float32)
    bands = tone_bands(sound).mean(axis=0)
    expected = int(np.log(1000 / 150) / np.log(7500 / 150) * BANDS)
    assert abs(int(bands.argmax()) - expected) <= 1
    tilted = np.convolve(sound, [1.0, -0.9], "same").astype(np.float32)
    np.testing.assert_allclose(tone_bands(tilted).mean(axis=0), bands, atol=0.5)


def test_the_rhythm_shows_where_impacts_repeat():
    frames = np.arange(512)
    energies = np.repeat((1.0 + (frames % 10 == 0))[:, None], 64, axis=1).astype(np.float32)
    spectrum = Rhythm()(torch.from_numpy(energies[None])).reshape(8, 40)[0].numpy()
    hertz = (np.arange(40) + Rhythm.FIRST) * 100 / Rhythm.WINDOW
    assert abs(hertz[spectrum.argmax()] - 10.0) < 0.8


def test_the_own_network_hears_short_and_long_clips():
    network = OwnNetwork(8).eval()
    with torch.inference_mode():
        for frames in (98, 1000):
            assert network(torch.randn(1, frames, 64), torch.randn(1, 10, BANDS)).shape == (1, 8)


def test_treatments_take_out_what_they_say():
    random = np.random.default_rng(0)
    wave = torch.from_numpy(random.normal(0, 0.1, (1, RATE)).astype(np.float32))
    even = EvenLogMel(torch.full((64,), 0.5))(wave)
    torch.testing.assert_close(even.mean(dim=2)[0, 0], torch.full((64,), 0.5), atol=1e-4, rtol=0)
    assert float(CutLogMel()(wave)[..., -1].max()) == pytest.approx(np.log(1e-3), abs=1e-4)
    unlevelled = UnlevelledLogMel()
    assert float((unlevelled(wave * 8) - unlevelled(wave)).mean()) == pytest.approx(
        np.log(8), abs=0.05
    )


def test_hearings_keep_recordings_apart_and_mix_normals_as_well():
    clips = [clip("knock" if i % 2 else "normal", f"g{i // 2}-{i % 2}", f"s{i % 3}")
             for i in range(24)]  # fmt: skip
    fold = np.arange(24, dtype=np.int64) % 4 // 2
    hearings = plan_hearings(clips, fold, phones=2, mixes=2)
    assert [h.clip for h in hearings[:24]] == list(range(24))
    mixes = [h for h in hearings if h.kind == "mix"]
    faulty = [h for h in mixes if clips[h.clip].faulty]
    assert len(faulty) * 2 == len(mixes)
    for h in mixes:
        assert clips[h.partner].types == {"normal"}
        assert clips[h.clip].group != clips[h.partner].group
        assert fold[h.clip] == fold[h.partner]
    tested = np.array([c.source == "s1" for c in clips])
    for row in np.flatnonzero(rows_without(hearings, tested)):
        assert not tested[hearings[row].clip]
        assert hearings[row].partner < 0 or not tested[hearings[row].partner]


def test_a_hearing_is_the_same_each_time_and_at_least_a_second_long():
    waves = [np.random.default_rng(i).normal(0, 0.1, n).astype(np.float32)
             for i, n in enumerate((8_000, 200_000))]  # fmt: skip
    hearings = [Hearing(0, -1, "clean"), Hearing(1, -1, "phone"), Hearing(0, 1, "mix")]
    made = [heard(hearings, i, waves, seed=3) for i in range(3)]
    assert [len(w) for w in made] == [RATE, 4 * RATE, RATE]
    np.testing.assert_array_equal(made[2], heard(hearings, 2, waves, seed=3))


def test_recordings_weigh_alike_however_often_they_are_heard():
    clips = [clip("knock", "a", "s"), clip("knock", "b", "s"), clip("knock", "b", "s"),
             clip("normal", "c", "s"), clip("normal", "d", "t", weak=True)]  # fmt: skip
    hearings = [Hearing(i, -1, "clean") for i in (0, 1, 1, 2, 3, 4)]
    weights = hearing_weights(clips, hearings, balance=1.0)
    assert weights.mean() == pytest.approx(1.0)
    assert weights[0] == pytest.approx(weights[1:4].sum())
    assert weights[5] == pytest.approx(weights[4] / 2)
    level = hearing_weights(clips[:4], hearings[:5], balance=0.0)
    assert level[:4].sum() == pytest.approx(level[4])


def test_labels_and_verdicts():
    clips = [clip("rumble", "a", "s"), clip("normal", "b", "s"), clip("grind", "c", "t")]
    wanted = targets(clips)
    assert wanted.sum(axis=1).tolist() == [1, 1, 0]
    assert wanted[0, 2] == 1
    found = scored(clips[:2], np.where(wanted[:2] > 0, 3.0, -3.0).astype(np.float64))
    assert list(found.verdicts) == ["abnormal", "normal"]
    pair, source = groups_of(clips, [Hearing(i, -1, "clean") for i in (0, 1, 2, 2)])
    assert len(set(pair.tolist())) == 3
    assert source.tolist() == [0, 0, 1, 1]


def test_a_folder_of_arrays_goes_on_after_being_cut_off(tmp_path):
    items = [{"x": np.full((n, 3), n, np.float32)} for n in (2, 1, 4)]
    RaggedFolder(tmp_path).append(items[:2])
    with (tmp_path / "x.raw").open("ab") as file:
        file.write(b"half a portion")
    store = RaggedFolder(tmp_path)
    assert store.items == 2
    store.append(items[2:])
    ragged = RaggedFolder(tmp_path).read("x")
    assert len(ragged) == 3
    np.testing.assert_array_equal(ragged[2], items[2]["x"])
    assert ragged.window(1, 0, 5).shape == (5, 3)


def test_a_linear_head_learns_what_is_linear():
    random = np.random.default_rng(0)
    vectors = torch.from_numpy(random.normal(5, 2, (300, 8)).astype(np.float32))
    wanted = (vectors[:, :2] > 5).float()
    head = LinearHead(vectors, 2)
    rows = np.arange(200, dtype=np.int64)
    settings = FitSettings(steps=200, batch=64, learning_rate=5e-2, ridge=1e-4, mixup=0.0)
    fit(head, Vectors(vectors), wanted, np.ones(200), rows, settings, seed=0)
    right = (head(vectors[200:]) > 0) == (wanted[200:] > 0)
    assert float(right.float().mean()) > 0.9
