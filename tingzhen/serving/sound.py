"""The sound of a clip as bytes that any browser plays and seeks in."""

import io
import struct

import numpy as np
from numpy.typing import NDArray

from tingzhen.media.clip import SAMPLE_RATE_HZ

BIT_RATE = 64_000
CHUNK = SAMPLE_RATE_HZ


def encode_sound(waveform: NDArray[np.float32]) -> tuple[str, bytes]:
    """MP3 (constant 64 kbit/s, so that seeking is exact), or WAV where no MP3 encoder is built in.

    waveform: float32 (n,), mono, -1..1, 16 kHz. Returns the MIME type and the file's bytes; MP3
    because it is what Safari, Chromium, Firefox and the browsers inside apps all play.
    """
    import av  # noqa: PLC0415 - FFmpeg is only loaded when a page is written

    if "libmp3lame" not in av.codecs_available:
        return "audio/wav", encode_wav(waveform)
    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE_HZ, layout="mono")
        stream.bit_rate = BIT_RATE
        resampler = av.AudioResampler(format="s16p", layout="mono", rate=SAMPLE_RATE_HZ)
        for start in range(0, len(waveform), CHUNK):
            part = np.ascontiguousarray(waveform[None, start : start + CHUNK])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.sample_rate = SAMPLE_RATE_HZ
            frame.pts = start
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
        for piece in resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return "audio/mpeg", out.getvalue()


def encode_wav(waveform: NDArray[np.float32]) -> bytes:
    """RIFF/WAVE, mono, 16-bit PCM, 16 kHz; samples beyond ±1 are clipped."""
    pcm = (np.clip(waveform, -1.0, 1.0) * 32767.0).round().astype("<i2").tobytes()
    rate = SAMPLE_RATE_HZ
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    data = struct.pack("<4sI", b"data", len(pcm)) + pcm
    return struct.pack("<4sI4s", b"RIFF", 4 + len(fmt) + len(data), b"WAVE") + fmt + data
