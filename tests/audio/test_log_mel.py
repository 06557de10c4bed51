"""The front end against librosa, an independent implementation."""

import numpy as np
import pytest

from tingzhen.audio import log_mel as front


def test_constants_follow_from_one_another():
    assert (front.WINDOW_LENGTH, front.HOP_LENGTH, front.FFT_LENGTH) == (400, 160, 512)
    edges = front.mel_edges_hz()
    assert edges[0] == pytest.approx(125) and edges[-1] == pytest.approx(7500)
    assert np.allclose(front.mel_to_hertz(front.hertz_to_mel(edges)), edges)


@pytest.mark.slow
def test_log_mel_equals_librosa():
    librosa = pytest.importorskip("librosa")
    random = np.random.default_rng(3)
    waveform = random.normal(0, 0.2, 16_000).astype(np.float32)
    filters = librosa.filters.mel(
        sr=16_000, n_fft=512, n_mels=64, fmin=125, fmax=7500, htk=True, norm=None
    )
    assert np.abs(front.mel_filters() - filters).max() < 1e-6
    # librosa centres the window in the transform; the magnitude of a frame does not depend on it.
    padded = np.pad(waveform, (56, 56))
    spectra = np.abs(librosa.stft(padded, n_fft=512, hop_length=160, win_length=400, center=False))
    expected = np.log(filters @ spectra + 0.001).T
    ours = front.log_mel(waveform)
    frames = min(len(ours), len(expected))
    assert abs(len(ours) - len(expected)) <= 1 and frames >= 97
    assert np.abs(ours[:frames] - expected[:frames]).max() < 1e-3


def test_a_tone_lights_its_band():
    time_s = np.arange(16_000) / 16_000
    picture = front.log_mel(np.sin(2 * np.pi * 1000 * time_s).astype(np.float32))
    edges = front.mel_edges_hz()
    band = int(picture.mean(axis=0).argmax())
    assert edges[band] < 1000 < edges[band + 2]


def test_less_than_a_window_is_one_frame():
    assert front.log_mel(np.zeros(10, np.float32)).shape == (1, 64)
    assert np.allclose(front.log_mel(np.zeros(10, np.float32)), np.log(0.001))
