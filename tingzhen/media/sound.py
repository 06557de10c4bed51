"""Decoded audio frames → one mono waveform at 16 kHz on the player's clock.

A sample's index is its time: silence stands where the track starts late or where damaged packets
were left out, so that a second in a report is the same second in any player.
"""

from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tingzhen.media.clip import SAMPLE_RATE_HZ

# Time stamps of phones jitter by some milliseconds; only a real gap moves the sound.
_GAP_S = 0.03


@dataclass
class _Run:
    """Frames without a gap; resampled as one, so that no seam is heard."""

    start_s: float
    end_s: float
    key: tuple[str, str, int]
    resampler: Any
    pieces: list[NDArray[np.float32]] = field(default_factory=list)

    def add(self, frame: Any) -> None:
        frame.pts = None  # the run keeps time; the resampler must not invent or drop samples
        for out in self.resampler.resample(frame):
            self.pieces.append(out.to_ndarray()[0])


class Waveform:
    """Collects audio frames in order and puts them in place.

    libswresample does the band-limited conversion (windowed sinc, 32 taps at the lower rate).
    """

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    @property
    def end_s(self) -> float:
        return self._runs[-1].end_s if self._runs else 0.0

    def add(self, frame: Any, start_s: float | None) -> None:
        """Append a PyAV audio frame that begins at start_s (None: where the last one ended)."""
        expected_s = self.end_s
        start_s = expected_s if start_s is None else start_s
        key = (frame.format.name, frame.layout.name, frame.sample_rate)
        run = self._runs[-1] if self._runs else None
        if run is None or run.key != key or abs(start_s - expected_s) > _GAP_S:
            if run is not None:
                _flush(run)
            resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
            run = _Run(start_s, start_s, key, resampler)
            self._runs.append(run)
        duration_s = frame.samples / frame.sample_rate
        run.add(frame)
        run.end_s += duration_s

    def finish(self, max_duration_s: float) -> NDArray[np.float32]:
        """float32 (n,), -1..1, 16 kHz, beginning at the player's zero; empty if nothing decoded."""
        if self._runs:
            _flush(self._runs[-1])
        length = min(self.end_s, max_duration_s)
        wave = np.zeros(max(0, round(length * SAMPLE_RATE_HZ)), dtype=np.float32)
        for run in self._runs:
            samples = np.concatenate(run.pieces) if run.pieces else wave[:0]
            first = round(run.start_s * SAMPLE_RATE_HZ)
            skip = max(0, -first)  # before zero: cut away by an edit list
            first = max(0, first)
            samples = samples[skip : skip + max(0, len(wave) - first)]
            wave[first : first + len(samples)] = samples
        np.nan_to_num(wave, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        return np.clip(wave, -1.0, 1.0, out=wave)


def _flush(run: _Run) -> None:
    for out in run.resampler.resample(None):
        run.pieces.append(out.to_ndarray()[0])
