"""Controls find what gives a label away and nothing else, and margins are paired."""

import io
import math
import wave

import av
import numpy as np
import pytest

from tests.training.noise_measuring.conftest import make_clip
from tingzhen.errors import ManifestError
from tingzhen.training.noise_measuring import controls as module
from tingzhen.training.noise_measuring.controls import controls, out_of_fold
from tingzhen.training.noise_measuring.listening_for_nothing import FACTS, facts, mean_spectrum
from tingzhen.training.noise_measuring.one_source import one_source
from tingzhen.training.noise_measuring.recordings import Scored, fourteen_scores


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(module, "TREES", 10)


def tone(hz, seconds, rate_hz):
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def write_wav(path, samples, rate_hz):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def test_facts_of_a_known_file(tmp_path):
    sound = tone(1000, 2, 48_000) + 0.5 * tone(5000, 2, 48_000) + 0.5 * tone(10_000, 2, 48_000)
    path = write_wav(tmp_path / "a.wav", 0.5 * sound, 48_000)
    found = dict(zip(FACTS, facts(path), strict=True))
    assert math.exp(found["clip_length"]) == pytest.approx(2.0)
    assert math.exp(found["bit_rate"]) == pytest.approx(48_000 * 16, rel=0.001)
    assert math.exp(found["above_8_khz"]) == pytest.approx(0.25 / 1.5, rel=0.01)
    assert math.exp(found["above_4_khz"]) == pytest.approx(0.25 / 1.25, rel=0.01)
    assert math.exp(found["above_7_khz"]) < 1e-4


def test_a_file_of_low_rate_holds_nothing_above_it(tmp_path):
    found = facts(write_wav(tmp_path / "a.wav", tone(400, 0.05, 8000), 8000))
    assert np.isfinite(found).all()
    assert found[2] == pytest.approx(math.log(1e-9))


def test_what_is_no_sound_is_said(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"no sound")
    with pytest.raises(ManifestError):
        facts(path)


def test_the_mean_spectrum_keeps_the_power_of_noise():
    noise = np.random.default_rng(0).normal(0, 0.1, 200_000).astype(np.float32)
    power, frequency = mean_spectrum(noise, 16_000)
    assert frequency[-1] == 8000
    assert power[10:-10].std() / power[10:-10].mean() < 0.15


def recordings(gives_away):
    """Two types in one source, equally many; the model is right on nine in ten."""
    random = np.random.default_rng(1)
    truth = np.tile([0, 6], 30)
    clips = [make_clip("normal" if t else "knock", f"g{i}", "s") for i, t in enumerate(truth)]
    facts = random.normal(size=(60, 5))
    facts[:, gives_away] += 6 * (truth > 0)
    scores = np.full((60, 7), 0.1)
    right = np.arange(60) % 10 > 0
    scores[np.arange(60), np.where(right, truth, 6 - truth)] = 0.8
    scores += random.uniform(0, 0.01, scores.shape)
    fold = np.arange(60) // 2 % 5
    return Scored(clips, fourteen_scores(scores), [""] * 60), facts, fold


def test_a_control_that_sees_the_label_beats_the_model():
    scored, facts, fold = recordings(gives_away=1)
    figures = controls(scored, facts, fold, resamples=100)
    rate, length = figures["bit_rate"], figures["clip_length"]
    assert rate["balanced_accuracy"]["value"] > 0.95
    assert rate["margin"]["value"] == pytest.approx(
        0.9 - rate["balanced_accuracy"]["value"], abs=1e-3
    )
    assert length["balanced_accuracy"]["value"] < 0.75
    assert length["margin"]["low"] > 0
    assert figures["all_together"]["balanced_accuracy"]["value"] > 0.9


def test_inside_one_source_the_best_control_is_named():
    scored, facts, fold = recordings(gives_away=2)
    found = one_source(scored, facts, fold, resamples=100)["s"]["knock"]
    assert (found["faults"], found["normals"]) == (30, 30)
    assert found["best_control"] in {"energy_above_8_khz", "all_together"}
    best = found["controls"][found["best_control"]]
    assert best["auc"]["value"] > 0.97 and best == max(
        found["controls"].values(), key=lambda one: one["auc"]["value"]
    )
    difference = found["auc"]["value"] - best["auc"]["value"]
    assert found["over_best_control"]["value"] == pytest.approx(difference, abs=1e-3)
    assert found["controls"]["clip_length"]["difference"]["value"] > 0.2


def test_a_source_with_few_recordings_is_not_compared():
    scored, facts, fold = recordings(gives_away=2)
    few = np.arange(60) < 18
    assert one_source(scored.kept(few), facts[few], fold[few], resamples=10) == {}


def test_a_fold_is_scored_by_the_others_alone():
    class Remembers:
        def fit(self, features, truth):
            self.classes_ = np.unique(truth)
            self.seen = set(features[:, 0].tolist())
            return self

        def predict_proba(self, features):
            assert not self.seen & set(features[:, 0].tolist())
            return np.full((len(features), len(self.classes_)), 1 / len(self.classes_))

    truth = np.array([0, 1, -1, 2, 2, 1])
    fold = np.array([0, 0, 0, 1, 1, 2])
    scores = out_of_fold(Remembers, np.arange(6.0)[:, None], truth, fold, 4)
    assert np.allclose(scores.sum(axis=1), 1)
    assert np.allclose(scores[:3], [0, 0.5, 0.5, 0]) and np.allclose(scores[5], [1 / 3] * 3 + [0])
    alone = out_of_fold(Remembers, np.arange(2.0)[:, None], np.array([3, 3]), np.arange(2), 4)
    assert np.allclose(alone, [[0, 0, 0, 1]] * 2)


def test_damaged_packets_do_not_end_a_file(tmp_path):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        samples = tone(440, 1, 48_000).astype(np.float32)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    path = tmp_path / "a.ogg"
    path.write_bytes(buffer.getvalue())
    assert math.exp(facts(path)[0]) == pytest.approx(1.0, abs=0.05)
