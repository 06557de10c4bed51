"""The shipped noise model on everything that is no recording of a fault."""

import resource
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tingzhen.audio import NOISE_TYPES, NoiseRecogniser
from tingzhen.audio.provenance import PROVENANCES
from tingzhen.audio.recogniser import CHUNK_STEPS, EDGE_STEPS
from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.datasets.synthesis.surroundings import SURROUNDINGS, surroundings_sound
from tingzhen.errors import BundleError

RATE = 16_000
STEP = 2560
CHUNK = CHUNK_STEPS * STEP
BUNDLE_DIR = MODELS_DIR / "noise"


@pytest.fixture(scope="module")
def bundle():
    return open_bundle(BUNDLE_DIR, "noise")


@pytest.fixture(scope="module")
def recogniser(bundle):
    return NoiseRecogniser(bundle)


def time_s(seconds):
    return np.arange(int(seconds * RATE)) / RATE


def speech_like(seconds, random):
    """A voice: a buzz of 120 Hz through moving formants, four syllables a second."""
    t = time_s(seconds)
    pitch = 120 * (1 + 0.08 * np.sin(2 * np.pi * 0.7 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    formants = [(600 + 250 * np.sin(2 * np.pi * 1.9 * t), 90),
                (1500 + 500 * np.sin(2 * np.pi * 1.3 * t), 120), (2600, 160)]  # fmt: skip
    voice = np.zeros(len(t))
    for k in range(1, 28):
        gain = sum(np.exp(-0.5 * ((pitch * k - f) / w) ** 2) for f, w in formants)
        voice += gain * np.sin(k * phase)
    voice *= np.clip(np.sin(2 * np.pi * 4 * t), 0, 1) ** 0.5
    return (0.3 * voice + random.normal(0, 1e-3, len(t))).astype(np.float32)


def sounds():
    random = np.random.default_rng(0)
    t = time_s(6)
    chord = sum(np.sin(2 * np.pi * f * t) for f in (262, 330, 392, 524, 660)) / 6
    return {
        "silence": np.zeros(6 * RATE, np.float32),
        "offset": np.full(6 * RATE, 0.5, np.float32),
        "white noise": random.normal(0, 0.1, 6 * RATE).astype(np.float32),
        "full scale noise": np.sign(random.normal(size=6 * RATE)).astype(np.float32),
        "tone": (0.3 * np.sin(2 * np.pi * 1000 * t)).astype(np.float32),
        "low tone": (0.3 * np.sin(2 * np.pi * 200 * t)).astype(np.float32),
        "chord": chord.astype(np.float32),
        "speech-like": speech_like(6, random),
        "impulse": np.eye(1, 6 * RATE, 40_000, dtype=np.float32)[0],
        "not a number": np.full(6 * RATE, np.nan, np.float32),
    }


@pytest.mark.parametrize("name", sounds())
def test_no_fault_is_claimed_where_there_is_none(recogniser, name):
    findings = recogniser.recognise(sounds()[name])
    assert findings.verdict == "cannot_tell"
    assert findings.reasons and not findings.events
    assert {score.type for score in findings.types} == set(NOISE_TYPES)
    probabilities = [score.probability for score in findings.types]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 <= p <= 1 for p in [*probabilities, findings.speech, findings.music])


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_no_surroundings_are_taken_for_a_fault(recogniser, name, seed):
    """Wind, rain, voices, music, tools, sirens: whatever it is, no car is broken."""
    made = surroundings_sound(name, np.random.default_rng(seed), 6 * RATE)
    waveform = (0.1 * made).astype(np.float32)
    findings = recogniser.recognise(waveform)
    first = [(s.type, round(s.probability, 3)) for s in findings.types[:3]]
    heard = recogniser.hear(waveform)
    assert findings.verdict != "abnormal", (first, heard.share, heard.vehicle, heard.other)
    assert not findings.events


@pytest.mark.parametrize("samples", [0, 1, 1600, 15_999])
def test_shorter_than_a_second_is_not_heard_at_all(bundle, samples):
    silent = NoiseRecogniser(replace(bundle, session=None))
    findings = silent.recognise(np.full(samples, 0.1, np.float32))
    assert findings.verdict == "cannot_tell"
    assert "second" in findings.reasons[0].en and "1 秒" in findings.reasons[0].zh
    assert len(findings.types) == len(NOISE_TYPES)


def test_no_sound_track(recogniser):
    findings = recogniser.recognise(None)
    assert findings.verdict == "no_audio" and len(findings.types) == len(NOISE_TYPES)
    assert max(score.probability for score in findings.types) < 0.05


@pytest.mark.parametrize(
    "samples", [16_000, 16_001, 20_479, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + 9_000]
)
def test_any_length_from_a_second_up_is_scored(recogniser, samples):
    noise = np.random.default_rng(1).normal(0, 0.1, samples).astype(np.float32)
    heard = recogniser.hear(noise)
    assert heard.types.shape == (14,) and np.isfinite(heard.types).all()
    frames = 1 + (samples - 400) // 160
    assert len(heard.steps) == frames // 16
    assert heard.embedding.ndim == 1 and np.isfinite(heard.embedding).all()
    assert all(0 <= x <= 1 for x in (heard.share, heard.speech, heard.music, heard.vehicle,
                                     heard.other))  # fmt: skip
    assert heard.novelty >= 0


def test_loudness_does_not_matter(recogniser):
    noise = np.random.default_rng(2).normal(0, 0.2, 5 * RATE).astype(np.float32)
    loud, quiet = recogniser.hear(noise), recogniser.hear(noise * np.float32(0.02))
    assert np.abs(loud.types - quiet.types).max() < 1e-3


def test_chunks_say_what_the_whole_says(recogniser, bundle):
    """The same 5 s again and again: the score must not depend on how it was cut."""
    part = np.random.default_rng(3).normal(0, 0.1, 32 * STEP).astype(np.float32)
    once, long = recogniser.hear(np.tile(part, 2)), recogniser.hear(np.tile(part, 15))
    assert np.abs(once.types - long.types).max() < 0.05
    assert abs(once.share - long.share) < 0.05
    assert abs(once.novelty - long.novelty) < 0.1 * bundle.metadata["limits"]["novelty"]
    seam = CHUNK_STEPS - EDGE_STEPS
    inner = long.steps[64:96]
    # Across the seam of two chunks, and well within the last one.
    for periods in ((seam - 64) // 32, 10):
        again = long.steps[64 + 32 * periods : 96 + 32 * periods]
        assert np.abs(inner - again).max() < 0.05


@pytest.mark.slow
def test_ten_minutes_in_bounded_memory(recogniser):
    """Ten minutes cost what half a minute costs: growth stays far below the sound's own size."""
    noise = np.random.default_rng(4).normal(0, 0.1, RATE * 40).astype(np.float32)
    recogniser.recognise(noise)
    waveform = np.tile(noise, 15)
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    findings = recogniser.recognise(waveform)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit - before
    assert findings.verdict == "cannot_tell"
    assert grown < 3 * waveform.nbytes


def test_every_type_was_learned_and_says_from_what(recogniser, bundle):
    assert bundle.metadata["trained"] == list(NOISE_TYPES)
    findings = recogniser.recognise(sounds()["white noise"])
    assert set(findings.provenance) == set(findings.base_rates) == set(NOISE_TYPES)
    assert set(findings.provenance.values()) <= set(PROVENANCES)
    assert all(0 < rate < 1 for rate in findings.base_rates.values())


class FirstNetwork:
    """Answers as bundles of version 1 did: no share, and nothing of what else is heard."""

    NAMES = ("types", "steps", "context", "embedding", "novelty")

    def get_outputs(self):
        return [SimpleNamespace(name=name) for name in self.NAMES]

    def run(self, names, inputs):
        count = inputs["waveform"].shape[1] // (2 * STEP)
        shapes = {"types": (1, 14), "steps": (1, count, 14), "context": (1, 5),
                  "embedding": (1, 4), "novelty": (1,)}  # fmt: skip
        return [np.full(shapes[name], 0.2, np.float32) for name in names]


def test_a_bundle_of_version_1_judges_everything_as_near(bundle):
    metadata = {key: value for key, value in bundle.metadata.items() if key != "far_thresholds"}
    first = replace(bundle, session=FirstNetwork(), metadata=metadata | {"step_samples": 2 * STEP})
    heard = NoiseRecogniser(first).hear(np.full(5 * RATE, 0.1, np.float32))
    assert (heard.share, heard.other) == (1.0, 0.0)
    assert heard.vehicle == pytest.approx(0.2) and len(heard.steps) == 15


def test_steps_of_healthy_types_are_those_of_the_clip(recogniser):
    """The listener hears faults only: what says how healthy it is says so of the whole clip."""
    noise = np.random.default_rng(6).normal(0, 0.1, 5 * RATE).astype(np.float32)
    heard = recogniser.hear(noise)
    assert ((heard.steps >= 0) & (heard.steps <= 1)).all()
    np.testing.assert_allclose(
        heard.steps[:, 12:], np.tile(heard.types[12:], (len(heard.steps), 1))
    )


@pytest.mark.parametrize(
    "change",
    [{"labels": ["knock"]}, {"sample_rate_hz": 8000}, {"thresholds": {}}, {"limits": {}},
     {"untrained_probability": None}, {"step_samples": "x"}, {"far_thresholds": {"knock": "x"}},
     {"provenance": {"knock": "hearsay"}}, {"events": {"leave_ratio": "x"}},
     {"base_rates": {"knock": 2}}, {"synthetic_limits": {"min_event_s": None}}],
)  # fmt: skip
def test_metadata_that_do_not_fit_are_refused(bundle, change):
    with pytest.raises(BundleError):
        NoiseRecogniser(replace(bundle, metadata=bundle.metadata | change))


def test_the_shipped_bundle_is_small_and_whole(bundle):
    folder = BUNDLE_DIR
    assert (folder / "model.onnx").stat().st_size < 10_000_000
    assert b"noise_network.py" not in (folder / "model.onnx").read_bytes()
    assert {"card.md", "evaluation.json", "config.json"} <= {p.name for p in folder.iterdir()}
    assert bundle.info.version in (folder / "card.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_front_end_in_the_graph_is_the_one_of_librosa():
    """Waveform → log-mel as exported, before level normalisation, against librosa."""
    torch, librosa = pytest.importorskip("torch"), pytest.importorskip("librosa")
    from tingzhen.training.noise.network import LogMel

    waveform = np.random.default_rng(5).normal(0, 0.2, RATE).astype(np.float32)
    filters = librosa.filters.mel(
        sr=RATE, n_fft=512, n_mels=64, fmin=125, fmax=7500, htk=True, norm=None
    )
    spectra = np.abs(librosa.stft(np.pad(waveform, (56, 56)), n_fft=512, hop_length=160,
                                  win_length=400, center=False))  # fmt: skip
    with torch.inference_mode():
        ours = LogMel().magnitudes(torch.from_numpy(waveform)[None])[0].numpy()
    expected = filters @ spectra
    frames = min(ours.shape[1], expected.shape[1])
    difference = np.log(ours[:, :frames] + 1e-3) - np.log(expected[:, :frames] + 1e-3)
    assert np.abs(difference).max() < 1e-3
