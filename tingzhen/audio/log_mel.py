"""The log-mel front end: numbers that training and the recogniser share.

Settings of YAMNet (Hershey et al. 2017, "CNN Architectures for Large-Scale Audio
Classification"): 25 ms Hann windows each 10 ms, 64 HTK mel bands from 125 to 7500 Hz of the
magnitude spectrum, log(x + 0.001), no centring. In a bundle the same steps are part of the ONNX
graph; the numpy version here draws the spectrogram.
"""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
WINDOW_LENGTH = round(0.025 * SAMPLE_RATE_HZ)
HOP_LENGTH = round(0.010 * SAMPLE_RATE_HZ)
HOP_S = HOP_LENGTH / SAMPLE_RATE_HZ
FFT_LENGTH = 1 << (WINDOW_LENGTH - 1).bit_length()
FFT_BINS = FFT_LENGTH // 2 + 1
MEL_BANDS = 64
MEL_LOW_HZ = 125.0
MEL_HIGH_HZ = 7500.0
LOG_OFFSET = 1e-3


def hertz_to_mel(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """HTK mel scale: 2595 log10(1 + f / 700)."""
    return 2595.0 * np.log10(1.0 + np.asarray(frequency_hz) / 700.0)


def mel_to_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse of hertz_to_mel."""
    return 700.0 * (10.0 ** (np.asarray(mel) / 2595.0) - 1.0)


def mel_edges_hz(
    bands: int = MEL_BANDS, low_hz: float = MEL_LOW_HZ, high_hz: float = MEL_HIGH_HZ
) -> NDArray[np.float64]:
    """bands + 2 frequencies: band i rises from edge i to i + 1 and falls to i + 2."""
    low, high = hertz_to_mel(np.array([low_hz, high_hz]))
    return mel_to_hertz(np.linspace(low, high, bands + 2))


def mel_filters(
    bands: int = MEL_BANDS, low_hz: float = MEL_LOW_HZ, high_hz: float = MEL_HIGH_HZ
) -> NDArray[np.float32]:
    """Triangles with peak 1, float32 (bands, FFT_BINS)."""
    edges = mel_edges_hz(bands, low_hz, high_hz)
    bins_hz = np.arange(FFT_BINS) * SAMPLE_RATE_HZ / FFT_LENGTH
    rising = (bins_hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins_hz) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


def hann_window() -> NDArray[np.float64]:
    """Periodic Hann window of WINDOW_LENGTH samples."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW_LENGTH) / WINDOW_LENGTH)


def magnitudes(waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    """Magnitude spectra, float32 (frames, FFT_BINS); frame i begins at sample i * HOP_LENGTH.

    A waveform shorter than a window is padded with zeros to one frame.
    """
    if len(waveform) < WINDOW_LENGTH:
        waveform = np.pad(waveform, (0, WINDOW_LENGTH - len(waveform)))
    frames = np.lib.stride_tricks.sliding_window_view(waveform, WINDOW_LENGTH)[::HOP_LENGTH]
    spectra = np.fft.rfft(frames * hann_window().astype(np.float32), FFT_LENGTH, axis=1)
    return np.abs(spectra).astype(np.float32)


def log_mel(waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-mel spectrogram, float32 (frames, MEL_BANDS), natural logarithm."""
    mel: NDArray[np.float32] = np.log(magnitudes(waveform) @ mel_filters().T + LOG_OFFSET)
    return mel
