"""Lay a fault over a bed at a level that can be heard, and say what the level is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.synthesis.filters import Wave, fast_length, hearing, spectrum, waveform
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ

Events = Sequence[tuple[float, float]]

_FRAME = 512  # 32 ms, about the ear's own time window
_BANDS = np.concatenate([np.arange(4, 20, 4), np.geomspace(20, 244, 14).astype(int)])
"""Edges as FFT bins of 31 Hz: at least 125 Hz wide, or a quarter of an octave; up to 7.6 kHz."""
_HISS_DB = -35.0  # of a phone, beside the whole bed; it masks what lies in otherwise empty bands
_STANDS_OUT_DB = 4.0


def mix_at(
    bed: Wave, fault_sound: Wave, snr_db: float, events: Events
) -> tuple[Wave, tuple[float, ...]]:
    """The mixture (n,), in which the fault lies `snr_db` over the bed within all events together
    (A-weighted), and the level over the bed within each event. A bed that is silent counts as if it
    lay 60 dB below the fault."""
    spans = _spans(events)
    bed_energy, fault_energy = _heard_energy(bed, spans), _heard_energy(fault_sound, spans)
    floor = 1e-6 * fault_energy.max(initial=0.0) + 1e-20
    bed_energy = np.maximum(bed_energy, floor)
    scale = np.sqrt(bed_energy.sum() / max(fault_energy.sum(), 1e-20) * 10 ** (snr_db / 10))
    levels = 10 * np.log10(np.maximum(fault_energy * scale**2, 1e-20) / bed_energy)
    return bed + np.float32(scale) * fault_sound, tuple(float(level) for level in levels)


def missing_db(bed: Wave, mixed: Wave, events: Events) -> float:
    """By how much the fault in `mixed` has to be louder to be heard over the bed.

    Heard means: in some band of a quarter of an octave its loudest 32 ms frames, one in twenty, lie
    4 dB over what the bed has there on average, which is well over the masked threshold (Zwicker
    and Fastl, Psychoacoustics: 2 to 6 dB below the masker in a critical band)."""
    fault = _band_power(mixed - bed)
    inside = np.zeros(len(fault), bool)
    for span in _spans(events):
        inside[span.start // _FRAME : max(span.stop // _FRAME, span.start // _FRAME + 1)] = True
    if not inside.any():
        return 0.0
    # The average, not the same frame: of many bands of noise one always exceeds another by chance.
    beside = _band_power(bed)[inside].mean(axis=0)
    widths = np.diff(_BANDS)
    beside += widths * (beside.sum() / widths.sum() * 10 ** (_HISS_DB / 10)) + 1e-12
    over = np.percentile(fault[inside], 95, axis=0) / beside
    stands_out_db = 10 * np.log10(float(over.max()) + 1e-12)
    return float(max(0.0, _STANDS_OUT_DB - stands_out_db))


def _band_power(wave: Wave) -> NDArray[np.float32]:
    """float32 (frames, bands)."""
    frames = len(wave) // _FRAME
    blocks = wave[: frames * _FRAME].reshape(frames, _FRAME)
    bins = np.fft.rfft(blocks * np.hanning(_FRAME).astype(np.float32), axis=1, norm="forward")
    power = (bins.real**2 + bins.imag**2).astype(np.float32)
    sums: NDArray[np.float32] = np.add.reduceat(power[:, : _BANDS[-1]], _BANDS[:-1], axis=1)
    return sums


def _spans(events: Events) -> list[slice]:
    edges = [(int(a * SAMPLE_RATE_HZ), int(b * SAMPLE_RATE_HZ)) for a, b in events]
    return [slice(first, max(last, first + 1)) for first, last in edges]


def _heard_energy(wave: Wave, spans: Sequence[slice]) -> NDArray[np.float64]:
    length = fast_length(len(wave))
    heard = waveform(spectrum(wave, length) * hearing(length), length, len(wave))
    return np.array([float(np.dot(heard[span], heard[span])) for span in spans])
