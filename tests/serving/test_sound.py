"""The sound inside a page sounds like the clip's, at the clip's seconds."""

import io

import av
import numpy as np
import pytest

from tingzhen.serving.sound import encode_sound, encode_wav


def decoded(content: bytes) -> np.ndarray:
    with av.open(io.BytesIO(content)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
        pieces = [f.to_ndarray()[0] for frame in container.decode(audio=0)
                  for f in resampler.resample(frame)]  # fmt: skip
    return np.concatenate(pieces)


@pytest.mark.parametrize("seconds", [0.3, 3.7])
def test_a_click_stays_where_it_was(seconds: float) -> None:
    waveform = np.random.default_rng(0).normal(0, 0.003, int(seconds * 16_000)).astype(np.float32)
    at = len(waveform) // 2
    waveform[at : at + 160] += 0.8
    mime, content = encode_sound(waveform)
    assert mime == "audio/mpeg"
    heard = decoded(content)
    assert abs(int(np.argmax(np.abs(heard))) - at) / 16_000 < 0.06
    assert abs(len(heard) - len(waveform)) / 16_000 < 0.15


def test_wav_keeps_every_sample() -> None:
    waveform = np.linspace(-1.2, 1.2, 1000, dtype=np.float32)
    heard = decoded(encode_wav(waveform))
    assert len(heard) == 1000
    assert np.allclose(heard, np.clip(waveform, -1, 1), atol=1e-4)
