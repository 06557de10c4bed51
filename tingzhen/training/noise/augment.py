"""Augmentation of recordings: the channel is changed, the car is kept.

Microphone, room, codec and cut tell which source a recording is from, and in small data the
source tells the label. Each variant of a clip is heard through another channel; faults are also
heard over healthy engines of other recordings.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
Waveform = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Channel:
    """Ranges that are drawn from. tilt in dB an octave around 1 kHz, ripple in dB at five points
    along the octaves, low_pass and high_pass in Hz, speed as a factor, noise and
    mix as SNR in dB, crop in s."""

    crop_s: tuple[float, float] = (1.5, 6.0)
    tilt_db: tuple[float, float] = (-4.0, 4.0)
    ripple_db: float = 6.0
    low_pass_hz: tuple[float, float] = (3500.0, 8000.0)
    high_pass_hz: tuple[float, float] = (30.0, 300.0)
    speed: tuple[float, float] = (0.92, 1.08)
    noise_snr_db: tuple[float, float] = (8.0, 35.0)
    mix_snr_db: tuple[float, float] = (-3.0, 12.0)


def crop(waveform: Waveform, channel: Channel, random: np.random.Generator) -> Waveform:
    """A stretch of drawn length and place; the whole of a shorter waveform."""
    length = round(random.uniform(*channel.crop_s) * SAMPLE_RATE_HZ)
    start = int(random.integers(0, max(1, len(waveform) - length)))
    return waveform[start : start + length]


def through_channel(waveform: Waveform, channel: Channel, random: np.random.Generator) -> Waveform:
    """The same clip through another microphone, room and codec; float32 (about n,)."""
    factor = random.uniform(*channel.speed)
    positions = np.arange(0, len(waveform) - 1, factor)
    changed = np.interp(positions, np.arange(len(waveform)), waveform)
    spectrum = np.fft.rfft(changed)
    frequency = np.fft.rfftfreq(len(changed), 1 / SAMPLE_RATE_HZ)
    octave = np.log2(np.maximum(frequency, 20.0) / 1000.0)
    ripple = random.uniform(-channel.ripple_db, channel.ripple_db, 5)
    gain_db = random.uniform(*channel.tilt_db) * octave
    gain_db += np.interp(octave, np.linspace(-4, 3, 5), ripple)
    low_pass = random.uniform(*channel.low_pass_hz)
    gain_db -= 60.0 * np.clip((frequency - low_pass) / 300.0, 0.0, 1.0)
    high_pass = random.uniform(*channel.high_pass_hz)
    gain_db += 12.0 * np.minimum(0.0, np.log2(np.maximum(frequency, 1.0) / high_pass))
    changed = np.fft.irfft(spectrum * 10 ** (np.clip(gain_db, -90, 30) / 20), len(changed))
    noise = coloured_noise(len(changed), random.uniform(-6.0, 0.0), random)
    return mix(changed.astype(np.float32), noise, random.uniform(*channel.noise_snr_db))


def coloured_noise(samples: int, slope_db: float, random: np.random.Generator) -> Waveform:
    """Gaussian noise whose spectrum falls by slope_db an octave; RMS about 1."""
    spectrum = np.fft.rfft(random.standard_normal(samples))
    frequency = np.maximum(np.fft.rfftfreq(samples, 1 / SAMPLE_RATE_HZ), 50.0)
    noise = np.fft.irfft(spectrum * 10 ** (slope_db * np.log2(frequency / 1000.0) / 20), samples)
    return (noise / (np.sqrt(np.mean(noise**2)) + 1e-12)).astype(np.float32)


def mix(wanted: Waveform, other: Waveform, snr_db: float) -> Waveform:
    """wanted plus other, scaled so that wanted is snr_db above it; other is repeated or cut."""
    other = np.resize(other, len(wanted))
    rms_wanted = np.sqrt(np.mean(wanted**2)) + 1e-9
    rms_other = np.sqrt(np.mean(other**2)) + 1e-9
    return (wanted + other * (rms_wanted / rms_other * 10 ** (-snr_db / 20))).astype(np.float32)
