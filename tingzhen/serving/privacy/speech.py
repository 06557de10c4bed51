"""Where somebody speaks, by Silero VAD 6 (MIT), https://github.com/snakers4/silero-vad.

A miss lets a voice through and a false find only dulls a stretch, so stretches begin early, end
late, and small gaps between them count as speech.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.serving.privacy.networks import network

SAMPLES: Final = 512
"""Samples of one step, 32 ms at 16 kHz."""
BEGINS_AT: Final = 0.3
GOES_ON_ABOVE: Final = 0.15
AROUND_S: Final = 0.2
GAP_S: Final = 0.4

_RATE_HZ: Final = 16_000
_BEFORE: Final = 64
_FULL: Final = 0.5
_QUIETEST: Final = 1e-4

Span = tuple[int, int]
"""First sample, and the one after the last."""


def speech_probability(waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of each step of SAMPLES, 0..1; the last is filled up with silence.

    waveform: float32 (n,), mono, 16 kHz, at any level: it is brought to the same peak first, since
    voices beside an engine are often far below it.
    """
    steps = -(-len(waveform) // SAMPLES)
    if steps == 0:
        return np.zeros(0, np.float32)
    peak = float(np.quantile(np.abs(waveform), 0.999))
    level = _FULL / max(peak, _QUIETEST)
    padded = np.zeros(_BEFORE + steps * SAMPLES, np.float32)
    padded[_BEFORE : _BEFORE + len(waveform)] = np.clip(waveform * level, -1.0, 1.0)
    pieces = np.lib.stride_tricks.sliding_window_view(padded, _BEFORE + SAMPLES)[::SAMPLES]
    rest = np.zeros((1, 1, 128), np.float32)
    found = network("speech").run(
        ["speech_probs"], {"input": np.ascontiguousarray(pieces), "h": rest, "c": rest}
    )
    return np.asarray(found[0], np.float32)


def speech_spans(waveform: NDArray[np.float32]) -> list[Span]:
    """Stretches with speech, in samples, in their order, apart. waveform: float32 (n,), mono,
    16 kHz."""
    return spans_of(speech_probability(waveform), len(waveform))


def spans_of(probability: NDArray[np.float32], samples: int) -> list[Span]:
    """The same from the probability of each step, of a sound of so many samples."""
    around = round(AROUND_S * _RATE_HZ)
    return joined(
        [
            (max(0, first * SAMPLES - around), min(samples, (last + 1) * SAMPLES + around))
            for first, last in _held(probability)
        ]
    )


def joined(spans: Sequence[Span]) -> list[Span]:
    """In their order, as one where less than GAP_S is between them."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start - apart[-1][1] < GAP_S * _RATE_HZ:
            apart[-1] = (apart[-1][0], max(apart[-1][1], end))
        else:
            apart.append((start, end))
    return apart


def _held(probability: NDArray[np.float32]) -> Sequence[Span]:
    """Runs of steps above GOES_ON_ABOVE that reach BEGINS_AT; first and last step."""
    above = np.concatenate([[False], probability > GOES_ON_ABOVE, [False]])
    edges = np.flatnonzero(np.diff(above.astype(np.int8)))
    runs = zip(edges[::2], edges[1::2], strict=True)
    return [
        (int(first), int(end) - 1)
        for first, end in runs
        if probability[first:end].max() >= BEGINS_AT
    ]
