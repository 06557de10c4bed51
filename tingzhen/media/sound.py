"""Decoded audio frames → one mono waveform at 16 kHz on the player's clock.

A sample's index is its time: silence stands where the track starts late or where damaged packets
were left out, so that a second in a report is the same second in any player.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tingzhen.media.clip import SAMPLE_RATE_HZ

# Time stamps of phones jitter by some milliseconds; only a real gap moves the sound.
_GAP_S = 0.03
# Handed to the resampler at a time; each call has a fixed cost.
_BLOCK = 1 << 17


@dataclass
class _Run:
    """Samples as decoded, of one kind and without a gap; made mono and resampled as one."""

    start_s: float
    rate_hz: int
    sample_format: str
    planar: bool
    channels: int
    count: int = 0
    pieces: list[NDArray[np.generic]] = field(default_factory=list)

    @property
    def end_s(self) -> float:
        return self.start_s + self.count / self.rate_hz

    def goes_on(self, frame: Any) -> bool:
        kind = (frame.sample_rate, frame.format.name, frame.layout.nb_channels)
        return kind == (self.rate_hz, self.sample_format, self.channels)

    def mono(self) -> NDArray[np.float32]:
        """Mean of the channels as float32 (n,), full scale 1.0."""
        samples = np.concatenate(self.pieces, axis=1)
        if not self.planar:
            samples = samples.reshape(-1, self.channels).T
        if samples.dtype == np.uint8:
            samples = (samples.astype(np.float32) - 128) / 128
        elif samples.dtype.kind == "i":
            samples = samples.astype(np.float32) / -float(np.iinfo(samples.dtype).min)
        mono: NDArray[np.float32] = samples.mean(axis=0, dtype=np.float32)
        return mono


class Waveform:
    """Collects audio frames in order and puts them in place.

    tick_s: seconds of one unit of the track's time stamps. origin_s: the time that the player
    calls zero.
    """

    def __init__(self, tick_s: float, origin_s: float) -> None:
        self._tick_s, self._origin_s = tick_s, origin_s
        self._runs: list[_Run] = []

    @property
    def end_s(self) -> float:
        return self._runs[-1].end_s if self._runs else 0.0

    def add(self, frame: Any) -> None:
        """Append a PyAV audio frame; one without a time stamp follows the last."""
        expected_s = self.end_s
        start_s = expected_s if frame.pts is None else frame.pts * self._tick_s - self._origin_s
        run = self._runs[-1] if self._runs else None
        if run is None or not run.goes_on(frame) or abs(start_s - expected_s) > _GAP_S:
            layout = (frame.format.is_planar, frame.layout.nb_channels)
            run = _Run(start_s, frame.sample_rate, frame.format.name, *layout)
            self._runs.append(run)
        run.pieces.append(frame.to_ndarray())
        run.count += frame.samples

    def finish(self, max_duration_s: float) -> NDArray[np.float32]:
        """float32 (n,), -1..1, 16 kHz, beginning at the player's zero; empty if nothing decoded."""
        length_s = min(self.end_s, max_duration_s)
        wave = np.zeros(max(0, round(length_s * SAMPLE_RATE_HZ)), dtype=np.float32)
        for run in self._runs:
            samples = _resampled(run.mono(), run.rate_hz)
            first = round(run.start_s * SAMPLE_RATE_HZ)
            samples = samples[max(0, -first) :]  # before zero: cut away by an edit list
            first = max(0, first)
            samples = samples[: max(0, len(wave) - first)]
            wave[first : first + len(samples)] = samples
        np.nan_to_num(wave, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        return np.clip(wave, -1.0, 1.0, out=wave)


def _resampled(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Band-limited conversion to 16 kHz by libswresample (windowed sinc)."""
    if rate_hz == SAMPLE_RATE_HZ:
        return samples
    return np.concatenate(list(_resampled_blocks(samples, rate_hz)))


def _resampled_blocks(samples: NDArray[np.float32], rate_hz: int) -> Iterator[NDArray[np.float32]]:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
    for start in range(0, len(samples), _BLOCK):
        block = np.ascontiguousarray(samples[None, start : start + _BLOCK])
        frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
        frame.sample_rate = rate_hz
        for out in resampler.resample(frame):
            yield out.to_ndarray()[0]
    for out in resampler.resample(None):
        yield out.to_ndarray()[0]
