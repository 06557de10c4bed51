"""Plain features of a clip, to say in words how synthetic and real recordings differ."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
BANDS_HZ = (60, 125, 250, 500, 1000, 2000, 4000, 7900)
WIDE_HZ = ((100, 500), (500, 2000), (2000, 7900))
BEATS_HZ = ((1, 4), (4, 10), (10, 25), (25, 60))

PLAIN_FEATURES = (
    "centroid_octaves", "spread_octaves", "tonality_db",
    *(f"band_{low}_{high}_db" for low, high in pairwise(BANDS_HZ)),
    *(f"beat_{b[0]}_{b[1]}_hz_in_{w[0]}_{w[1]}_db" for w in WIDE_HZ for b in BEATS_HZ),
    *(f"crest_{w[0]}_{w[1]}_db" for w in WIDE_HZ), "impacts_per_s",
)  # fmt: skip


def plain_features(waveform: NDArray[np.float32]) -> NDArray[np.float64]:
    """float64 (len(PLAIN_FEATURES),), none of which depends on the clip's level.

    waveform: (n,) of at least 0.5 s. Centroid and spread of log frequency; how far spectral lines
    stand out of the smoothed long-term spectrum; octave bands relative to the whole; how deeply
    three wide bands beat at four ranges of rate; their crest (99 % over median frame); how often
    the highest band jumps by 6 dB within 12 ms.
    """
    power, hz = _spectra(waveform, 1024, 256)
    mean = power.mean(axis=0) + 1e-20
    octaves = np.log2(np.maximum(hz, 1))
    used = (hz >= 60) & (hz <= 7900)
    share = np.where(used, mean, 0) / mean[used].sum()
    centroid = float(np.sum(share * octaves))
    spread = float(np.sqrt(np.sum(share * (octaves - centroid) ** 2)))
    level_db = 10 * np.log10(mean[used])
    kernel = np.ones(25) / 25
    smooth_db = np.convolve(np.pad(level_db, 12, mode="edge"), kernel, "valid")
    tonality = float(np.std(level_db - smooth_db))
    bands = [
        10 * np.log10(share[(hz >= low) & (hz < high)].sum() + 1e-6)
        for low, high in pairwise(BANDS_HZ)
    ]
    quick, quick_hz = _spectra(waveform, 256, 64)
    beats, crests = [], []
    envelope = np.zeros(len(quick))
    for low, high in WIDE_HZ:
        envelope = quick[:, (quick_hz >= low) & (quick_hz < high)].sum(axis=1) + 1e-12
        beats += _beats(envelope / envelope.mean(), SAMPLE_RATE_HZ / 64)
        crests.append(10 * np.log10(np.quantile(envelope, 0.99) / np.median(envelope)))
    high_db = 10 * np.log10(envelope / envelope.mean() + 1e-4)
    jumps = high_db[3:] - high_db[:-3] > 6
    starts = np.flatnonzero(np.diff(jumps.astype(int)) == 1)
    impacts = float(len(starts)) / (len(waveform) / SAMPLE_RATE_HZ)
    return np.array([centroid, spread, tonality, *bands, *beats, *crests, impacts])


def _spectra(
    waveform: NDArray[np.float32], size: int, hop: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    padded = np.pad(waveform.astype(np.float64), (0, max(0, size - len(waveform))))
    padded = padded / (np.sqrt(np.mean(padded**2)) + 1e-9)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * np.hanning(size)
    power: NDArray[np.float64] = np.square(np.abs(np.fft.rfft(frames)))
    hz: NDArray[np.float64] = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ).astype(np.float64)
    return power, hz


def _beats(envelope: NDArray[np.float64], rate_hz: float) -> list[float]:
    """Power of a relative envelope (m,) in each range of BEATS_HZ, in dB, floored at -50."""
    spectrum = np.abs(np.fft.rfft((envelope - 1) * np.hanning(len(envelope)))) ** 2
    hz = np.fft.rfftfreq(len(envelope), 1 / rate_hz)
    scale = len(envelope) ** 2
    return [
        float(10 * np.log10(spectrum[(hz >= low) & (hz < high)].sum() / scale + 1e-5))
        for low, high in BEATS_HZ
    ]
