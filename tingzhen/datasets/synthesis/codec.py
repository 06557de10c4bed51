"""Encode and decode in memory as phones and messengers do, without a shift in time.

Bit rates: AAC 24 to 128 kbit/s (phone cameras and recorders), Opus 8 to 32 (messengers), MP3 32 to
128 (sharing sites), AMR narrow band 4.75 to 12.2 (3GPP TS 26.071; old voice notes).
"""

from dataclasses import dataclass
from functools import lru_cache

import av
import numpy as np

from tingzhen.datasets.synthesis.filters import Wave, fast_length
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class _Codec:
    encoder: str
    decoder: str
    rate_hz: int
    bit_rates: tuple[int, ...]
    share: float


_CODECS = (
    _Codec("aac", "aac", 16_000, (16_000, 24_000, 32_000, 48_000), 0.25),
    _Codec("aac", "aac", 44_100, (48_000, 64_000, 96_000, 128_000), 0.25),
    _Codec("libopus", "libopus", 16_000, (8_000, 12_000, 16_000, 24_000, 32_000), 0.35),
    _Codec("libmp3lame", "mp3float", 16_000, (24_000, 32_000, 64_000), 0.1),
    _Codec("libopencore_amrnb", "amrnb", 8_000, (4_750, 7_950, 12_200), 0.05),
)


def codecs() -> tuple[str, ...]:
    """Names of the encoders that this build of PyAV has, in order."""
    return tuple(dict.fromkeys(c.encoder for c in _built()))


def through_codec(wave: Wave, random: np.random.Generator, *, name: str | None = None) -> Wave:
    """float32 (n,), same length and place in time; `name` picks an encoder, else it is drawn."""
    known = [c for c in _built() if name in (None, c.encoder)]
    shares = np.array([c.share for c in known])
    codec = known[int(random.choice(len(known), p=shares / shares.sum()))]
    bit_rate = int(random.choice(codec.bit_rates))
    delay = _delay(codec)
    decoded = _there_and_back(wave, codec, bit_rate)[delay : delay + len(wave)]
    made = np.zeros(len(wave), np.float32)
    made[: len(decoded)] = decoded
    return np.clip(made, -1.0, 1.0)


@lru_cache(maxsize=1)
def _built() -> tuple[_Codec, ...]:
    return tuple(c for c in _CODECS if c.encoder in av.codecs_available)


@lru_cache(maxsize=8)
def _delay(codec: _Codec) -> int:
    """How many samples the codec is late: measured once, since each encoder adds its own."""
    random = np.random.default_rng(0)
    click = random.standard_normal(4096).astype(np.float32) * np.float32(0.2)
    click = np.convolve(click, np.ones(6, np.float32) / 6, mode="same").astype(np.float32)
    probe = np.zeros(SAMPLE_RATE_HZ, np.float32)
    probe[4096:8192] = click
    decoded = _there_and_back(probe, codec, codec.bit_rates[-1])
    length = fast_length(len(decoded) + len(probe))
    likeness = np.fft.irfft(
        np.fft.rfft(decoded, length) * np.fft.rfft(probe, length).conj(), length
    )
    return int(np.argmax(likeness[:8000]))


def _there_and_back(wave: Wave, codec: _Codec, bit_rate: int) -> Wave:
    encoder = av.CodecContext.create(codec.encoder, "w")
    encoder.sample_rate = codec.rate_hz
    encoder.layout = "mono"
    encoder.bit_rate = bit_rate
    encoder.format = encoder.codec.audio_formats[0]
    encoder.open()
    packets = []
    to_codec = av.AudioResampler(encoder.format, "mono", codec.rate_hz, encoder.frame_size or None)
    frame = av.AudioFrame.from_ndarray(wave[None, :], format="flt", layout="mono")
    frame.sample_rate = SAMPLE_RATE_HZ
    for piece in [*to_codec.resample(frame), *to_codec.resample(None)]:
        piece.pts = None
        packets += encoder.encode(piece)
    packets += encoder.encode(None)
    decoder = av.CodecContext.create(codec.decoder, "r")
    decoder.extradata = encoder.extradata
    decoder.sample_rate = codec.rate_hz
    decoder.layout = "mono"
    back = av.AudioResampler("flt", "mono", SAMPLE_RATE_HZ)
    pieces = []
    for packet in [*packets, None]:
        for got in decoder.decode(packet):
            got.pts = None
            pieces += [p.to_ndarray()[0] for p in back.resample(got)]
    pieces += [p.to_ndarray()[0] for p in back.resample(None)]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
