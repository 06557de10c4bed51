"""Decoded audio frames → one mono waveform at 16 kHz on the player's clock.

A sample's index is its time: silence stands where the track starts late or where damaged packets
were left out, so that a second in a report is the same second in any player.
"""

from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tingzhen.media.clip import SAMPLE_RATE_HZ

# Time stamps of phones jitter by some milliseconds; only a real gap moves the sound.
_GAP_S = 0.03
# From here on PyAV reads planes beyond those that a planar frame has (AudioFrame.planes looks for
# a null pointer that is not there); such frames are made packed first, which have one plane.
_UNSAFE_PLANES = 8
# Handed to the resampler at a time; each call has a fixed cost.
_BLOCK = 1 << 17


class _Run:
    """Sound of one kind and without a gap; made mono and resampled as one, block by block."""

    def __init__(self, start_s: float, frame: Any) -> None:
        self.start_s = start_s
        self._rate_hz: int = frame.sample_rate
        self._kind = _kind(frame)
        self._packer = _packer(frame)
        self._planar: bool = frame.format.is_planar and self._packer is None
        self._count = self._pending_count = 0
        self._pending: list[NDArray[np.generic]] = []
        self._done: list[NDArray[np.float32]] = []
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)

    @property
    def end_s(self) -> float:
        return self.start_s + self._count / self._rate_hz

    def goes_on(self, frame: Any) -> bool:
        return self._kind == _kind(frame)

    def add(self, frame: Any) -> None:
        """Raises av.FFmpegError or ValueError for a frame that cannot be used; nothing is added."""
        frames = [frame] if self._packer is None else self._packer.resample(frame)
        self._pending += [one.to_ndarray() for one in frames]
        self._pending_count += frame.samples
        self._count += frame.samples
        if self._pending_count >= _BLOCK:
            self._resample_pending()

    def samples(self) -> NDArray[np.float32]:
        """All of the run at 16 kHz; the run is over after this."""
        self._resample_pending()
        if self._rate_hz != SAMPLE_RATE_HZ:
            self._done += [out.to_ndarray()[0] for out in self._resampler.resample(None)]
        return np.concatenate(self._done) if self._done else np.zeros(0, np.float32)

    def _resample_pending(self) -> None:
        if not self._pending:
            return
        mono = _mono(np.concatenate(self._pending, axis=1), self._planar, self._kind[2])
        self._pending, self._pending_count = [], 0
        if self._rate_hz == SAMPLE_RATE_HZ:
            self._done.append(mono)
            return
        block = av.AudioFrame.from_ndarray(mono[None, :], format="flt", layout="mono")
        block.sample_rate = self._rate_hz
        self._done += [out.to_ndarray()[0] for out in self._resampler.resample(block)]


def _packer(frame: Any) -> Any | None:
    """What makes frames like this one packed, where they must be."""
    if not frame.format.is_planar or frame.layout.nb_channels < _UNSAFE_PLANES:
        return None
    return av.AudioResampler(frame.format.packed, frame.layout, frame.sample_rate)


def _kind(frame: Any) -> tuple[int, str, int]:
    return frame.sample_rate, frame.format.name, frame.layout.nb_channels


def _mono(samples: NDArray[Any], planar: bool, channels: int) -> NDArray[np.float32]:
    """Mean of the channels as float32 (n,), full scale 1.0."""
    if not planar:
        samples = samples.reshape(-1, channels).T
    if samples.dtype == np.uint8:
        samples = (samples.astype(np.float32) - 128) / 128
    elif samples.dtype.kind == "i":
        samples = samples.astype(np.float32) / -float(np.iinfo(samples.dtype).min)
    mono: NDArray[np.float32] = samples.mean(axis=0, dtype=np.float32)
    return mono


class Waveform:
    """Collects audio frames in order and puts them in place.

    tick_s: seconds of one unit of the track's time stamps. origin_s: the time that the player
    calls zero. libswresample does the band-limited conversion (windowed sinc).
    """

    def __init__(self, tick_s: float, origin_s: float) -> None:
        self._tick_s, self._origin_s = tick_s, origin_s
        self._runs: list[_Run] = []

    @property
    def end_s(self) -> float:
        return self._runs[-1].end_s if self._runs else 0.0

    def add(self, frame: Any) -> None:
        """Append a PyAV audio frame; one without a time stamp follows the last.

        Raises av.FFmpegError or ValueError for a frame that cannot be used; the rest stays usable.
        """
        expected_s = self.end_s
        start_s = expected_s if frame.pts is None else frame.pts * self._tick_s - self._origin_s
        run = self._runs[-1] if self._runs else None
        if run is None or not run.goes_on(frame) or abs(start_s - expected_s) > _GAP_S:
            run = _Run(start_s, frame)
            self._runs.append(run)
        run.add(frame)

    def finish(self, max_duration_s: float) -> NDArray[np.float32]:
        """float32 (n,), -1..1, 16 kHz, beginning at the player's zero; empty if nothing decoded."""
        length_s = min(self.end_s, max_duration_s)
        wave = np.zeros(max(0, round(length_s * SAMPLE_RATE_HZ)), dtype=np.float32)
        for run in self._runs:
            samples = run.samples()
            first = round(run.start_s * SAMPLE_RATE_HZ)
            samples = samples[max(0, -first) :]  # before zero: cut away by an edit list
            first = max(0, first)
            samples = samples[: max(0, len(wave) - first)]
            wave[first : first + len(samples)] = samples
        np.nan_to_num(wave, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        return np.clip(wave, -1.0, 1.0, out=wave)
