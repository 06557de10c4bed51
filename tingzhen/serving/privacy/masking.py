"""Voices taken out of a sound, and as much as can be of everything else left in it.

What tells words apart is how the bands of a voice rise and fall, 2 to 16 times a second (Houtgast
and Steeneken, J. Acoust. Soc. Am. 77, 1985). Within a stretch of speech all from LOW_HZ to HIGH_HZ
is given noise of random phase at the level that each band has around the stretch, which does not
move. Rumble below and hiss and clicks above stay as they are. What a machine does in between while
somebody speaks is lost to a listener.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.serving.privacy.speech import Span, joined, speech_spans

LOW_HZ: Final = 90.0
HIGH_HZ: Final = 5_500.0
AROUND_S: Final = 1.5
"""How much sound on each side of a stretch its noise is made after."""

_RATE_HZ: Final = 16_000
_WINDOW: Final = 512
_HOP: Final = 128
_LEAST_STEPS: Final = 8
_PASSES: Final = 4


def mask_speech(waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sound without words: float32 (n,), the same array where nobody speaks.

    waveform: float32 (n,), mono, 16 kHz. What is left is listened to again, since one voice can
    hide behind another; at the end nothing in it sounds like speech to the network, or everything
    from LOW_HZ to HIGH_HZ is masked. The noise is drawn after the sound's length, so that the same
    sound is masked the same way.
    """
    spans: list[Span] = []
    masked = waveform
    for _ in range(_PASSES):
        found = speech_spans(masked)
        if not found:
            return masked
        spans = joined([*spans, *found])
        masked = mask_spans(waveform, spans)
    if speech_spans(masked):
        return mask_spans(waveform, [(0, len(waveform))])
    return masked


def mask_spans(waveform: NDArray[np.float32], spans: Sequence[Span]) -> NDArray[np.float32]:
    """A copy with these stretches masked. spans: in samples, apart, in their order."""
    from scipy.signal import istft, stft  # noqa: PLC0415 - heavy, and only needed here

    if len(waveform) < _WINDOW:
        # No word fits in, and nothing could be learned of what is around it.
        return np.zeros_like(waveform)
    hz, _, spectrum = stft(waveform, _RATE_HZ, nperseg=_WINDOW, noverlap=_WINDOW - _HOP)
    spoken = np.zeros(spectrum.shape[1], bool)
    for start, end in spans:
        spoken[max(0, start // _HOP - 2) : end // _HOP + 3] = True
    band = (hz >= LOW_HZ) & (hz <= HIGH_HZ)
    random = np.random.default_rng(len(waveform))
    masked = spectrum.copy()
    for start, end in _runs(spoken):
        level = _level_around(np.abs(spectrum[band]), spoken, start, end)
        shape = (int(band.sum()), end - start)
        noise = random.normal(size=shape) + 1j * random.normal(size=shape)
        # A complex normal of unit variance in each part has the mean magnitude sqrt(pi / 2).
        masked[band, start:end] = level[:, None] * noise / np.sqrt(np.pi / 2)
    _, whole = istft(masked, _RATE_HZ, nperseg=_WINDOW, noverlap=_WINDOW - _HOP)
    result = waveform.copy()
    untouched = ~_near(spans, len(waveform))
    result[: len(whole)] = whole[: len(waveform)].astype(np.float32)
    result[untouched] = waveform[untouched]
    return result


def _level_around(
    magnitude: NDArray[np.float32], spoken: NDArray[np.bool_], start: int, end: int
) -> NDArray[np.float32]:
    """Level of each band in what is near and not spoken; where there is too little of that, a quiet
    one that is the same for all, since a level by bands would be the voice's own. magnitude:
    (bands, steps); result: (bands,)."""
    reach = round(AROUND_S * _RATE_HZ / _HOP)
    before = [step for step in range(max(0, start - reach), start) if not spoken[step]]
    after = [step for step in range(end, min(len(spoken), end + reach)) if not spoken[step]]
    near = before + after
    if len(near) >= _LEAST_STEPS:
        return np.asarray(np.median(magnitude[:, near], axis=1), dtype=np.float32)
    quiet = np.quantile(magnitude[:, start:end], 0.1)
    return np.full(len(magnitude), quiet, np.float32)


def _runs(steps: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], steps, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _near(spans: Sequence[Span], samples: int) -> NDArray[np.bool_]:
    """Samples that a masked window reaches."""
    near = np.zeros(samples, bool)
    for start, end in spans:
        near[max(0, start - 2 * _WINDOW) : end + 2 * _WINDOW] = True
    return near
