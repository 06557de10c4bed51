"""The phone: its microphone, what it does to the sound on its own, and its codecs.

Sources: 3GPP TS 26.131 (pass bands of hand-held terminals), datasheets of MEMS microphones (self
noise 28 to 34 dB(A), overload 120 to 130 dB SPL), Android CDD 5.4 (unprocessed and processed
recording, automatic gain and noise suppression).
"""

import numpy as np

from tingzhen.datasets.synthesis.codec import through_codec
from tingzhen.datasets.synthesis.filters import (
    Wave,
    decibels,
    fast_length,
    gains,
    noise_bins,
    spectrum,
    waveform,
)

__all__ = ["through_codec", "through_phone"]

_BLOCK = 160  # 10 ms, the step of the automatic gain


def through_phone(wave: Wave, random: np.random.Generator, *, strength: float = 1.0) -> Wave:
    """float32 (n,), peak at most 1. `strength` 0 only sets a level; 1 is as uneven as phones."""
    samples = len(wave)
    length = fast_length(samples)
    at_hz, gains_db = _response(random, strength)
    bins = spectrum(wave, length) * gains(length, at_hz, gains_db)
    made = waveform(bins, length, samples)
    loud = float(np.sqrt(np.mean(made**2)))
    made = made / np.float32(max(loud, 1e-9))
    # Self noise and preamplifier hiss, 25 to 70 dB below the scene.
    floor_db = -random.uniform(25, 70) if strength > 0 else -80.0
    tilt_db = random.uniform(-15, 3)
    hiss = waveform(
        noise_bins(random, length, gains(length, [200, 8000], [0, tilt_db])), length, samples
    )
    made += hiss * (decibels(floor_db) / np.float32(np.sqrt(np.mean(hiss**2)) + 1e-12))
    choices = random.random(4)
    if choices[0] < 0.25 * strength:
        made = _suppressed(made, random)
    if choices[1] < 0.4 * strength:
        made = _automatic_gain(made, random)
    return _levelled(made, random, driven=bool(choices[2] < 0.2 * strength))


def _response(random: np.random.Generator, strength: float) -> tuple[list[float], list[float]]:
    """Points of a pass band with a tilt, three broad bumps and a resonance or two; gains in dB."""
    low_hz = float(np.exp(random.uniform(np.log(80), np.log(400))))
    # Telephone bands are rare in clips; most recordings reach the top of ours.
    high_hz = float(random.choice([3400, 4000, 5500, 7000, 7900], p=[0.05, 0.05, 0.1, 0.2, 0.6]))
    axis = np.geomspace(20, 8000, 160)
    gains_db = random.uniform(-4, 4) * np.log2(axis / 1000) * 0.5
    for _ in range(5):
        centre = random.uniform(np.log(100), np.log(7500))
        width = random.choice([random.uniform(0.05, 0.15), random.uniform(0.3, 1.0)])
        bump = np.exp(-0.5 * ((np.log(axis) - centre) / width) ** 2)
        gains_db += random.normal(0, 1.5 if width < 0.2 else 4) * bump
    steep = random.uniform(9, 30)
    gains_db -= steep * np.clip(np.log2(low_hz / axis), 0, None)
    gains_db -= random.uniform(30, 200) * np.clip(np.log2(axis / high_hz), 0, None)
    return [float(hz) for hz in axis], [float(db) for db in strength * gains_db.clip(-70, 20)]


def _suppressed(wave: Wave, random: np.random.Generator) -> Wave:
    """Spectral gating as phones do it to steady noise: each band is turned down by up to 6 to 18 dB
    where it does not stand out from its own quiet moments (Loizou, Speech Enhancement, ch. 5)."""
    size, hop = 512, 256
    frames = len(wave) // hop + 2
    padded = np.zeros((frames + 1) * hop, np.float32)
    padded[hop : hop + len(wave)] = wave
    window = np.sqrt(np.hanning(size + 1)[:-1]).astype(np.float32)
    blocks = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * window
    bins = np.fft.rfft(blocks, axis=1, norm="forward") * np.float32(size)
    power = bins.real**2 + bins.imag**2
    floor = np.percentile(power, random.uniform(15, 40), axis=0, overwrite_input=False)
    lowest = decibels(-random.uniform(6, 18))
    kept = 1 - random.uniform(0.8, 1.5) * floor / np.maximum(power, 1e-12)
    gain = np.maximum(np.sqrt(np.maximum(kept, 0)), lowest).astype(np.float32)
    gain[1:] = 0.6 * gain[1:] + 0.4 * gain[:-1]
    back = np.fft.irfft(bins * gain, size, axis=1).astype(np.float32) * window
    made = np.zeros_like(padded)
    halves = back.reshape(len(back), 2, hop)
    blocks_made = made.reshape(-1, hop)
    blocks_made[: len(back)] += halves[:, 0]
    blocks_made[1 : len(back) + 1] += halves[:, 1]
    return made[hop : hop + len(wave)]


def _automatic_gain(wave: Wave, random: np.random.Generator) -> Wave:
    """Loud parts are turned down within 5 to 50 ms, the gain comes back in 0.1 to 2 s; ratio 1.5
    to 6 above the threshold."""
    blocks = -(-len(wave) // _BLOCK)
    padded = np.zeros(blocks * _BLOCK, np.float32)
    padded[: len(wave)] = wave
    level_db = 10 * np.log10(np.mean(padded.reshape(blocks, _BLOCK) ** 2, axis=1) + 1e-8)
    threshold_db = float(np.percentile(level_db, random.uniform(5, 60)))
    wanted = (level_db - threshold_db).clip(0) * (1 / random.uniform(1.5, 6.0) - 1)
    attack = float(np.exp(-10 / random.uniform(5, 50)))
    release = float(np.exp(-10 / random.uniform(100, 2000)))
    gain, now = [], float(wanted[0])
    for target in wanted.tolist():
        keep = attack if target < now else release
        now = keep * now + (1 - keep) * target
        gain.append(now)
    smooth = np.interp(np.arange(len(wave)), np.arange(blocks) * _BLOCK + _BLOCK / 2, gain)
    turned: Wave = wave * np.exp(smooth.astype(np.float32) * np.float32(np.log(10) / 20))
    return turned


def _levelled(wave: Wave, random: np.random.Generator, *, driven: bool) -> Wave:
    """A peak at -30 to -1 dB of full scale, or driven 2 to 14 dB into the stops; 16 bit steps."""
    peak = float(np.abs(wave).max())
    if peak < 1e-9:
        return np.zeros_like(wave)
    peak_db = random.uniform(2, 14) if driven else -28 * random.beta(1.0, 2.5) - 0.2
    made = wave * (decibels(peak_db) / np.float32(peak))
    if driven and random.random() < 0.5:
        made = np.tanh(made)
    made = np.clip(made, -1.0, 32767 / 32768)
    heard: Wave = np.round(made * 32768) / np.float32(32768)
    return heard
