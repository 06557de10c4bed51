"""Sound through the codecs of phones and messengers, in memory."""

import io
from typing import Literal, get_args

import av
import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.log_mel import SAMPLE_RATE_HZ

Waveform = NDArray[np.float32]
Codec = Literal["opus", "aac", "mp3"]
CODECS: tuple[Codec, ...] = get_args(Codec)
CONTAINERS: dict[Codec, tuple[str, str]] = {
    "opus": ("ogg", "libopus"),
    "aac": ("adts", "aac"),
    "mp3": ("mp3", "libmp3lame"),
}


def encode(waveform: Waveform, codec: Codec, bit_rate: int) -> bytes:
    """A file of the codec. waveform: float32 (n,), mono, 16 kHz, -1..1. bit_rate: bit/s."""
    container_name, encoder = CONTAINERS[codec]
    out = io.BytesIO()
    with av.open(out, "w", format=container_name) as container:
        stream = container.add_stream(encoder, rate=SAMPLE_RATE_HZ, layout="mono")
        stream.bit_rate = bit_rate
        samples = np.ascontiguousarray(waveform, dtype=np.float32)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def through_codec(waveform: Waveform, codec: Codec, bit_rate: int) -> Waveform:
    """What is left of a waveform after encoding and decoding; same length, float32.

    An encoder's delay (some ten milliseconds) is not taken out: to a recogniser it is nothing.
    """
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
    parts = []
    with av.open(io.BytesIO(encode(waveform, codec, bit_rate))) as container:
        for frame in container.decode(audio=0):
            parts += [out.to_ndarray()[0] for out in resampler.resample(frame)]
    parts += [out.to_ndarray()[0] for out in resampler.resample(None)]
    heard = np.concatenate(parts)[: len(waveform)].astype(np.float32)
    return np.pad(heard, (0, len(waveform) - len(heard)))
