"""Recordings of a manifest as waveforms.

Training data is trusted more than uploads, so it is decoded in this process; damaged packets are
skipped and tags that are not UTF-8 are ignored, as phone recordings hold both.
"""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tingzhen.errors import ManifestError
from tingzhen.language import Text

SAMPLE_RATE_HZ = 16_000


def read_waveform(path: Path) -> NDArray[np.float32]:
    """Mono float32 (n,) at 16 kHz, -1..1. Raises ManifestError when nothing can be decoded."""
    return read_at_rate(path, SAMPLE_RATE_HZ)[0]


def read_at_rate(path: Path, rate_hz: int | None = None) -> tuple[NDArray[np.float32], int]:
    """Mono float32 (n,), -1..1, and its rate in Hz: the one asked for, by default the file's own.

    Raises ManifestError when nothing can be decoded.
    """
    parts: list[NDArray[np.float32]] = []
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            stream = container.streams.audio[0]
            rate_hz = rate_hz or int(stream.rate)
            resampler = av.AudioResampler(format="flt", layout="mono", rate=rate_hz)
            for packet in container.demux(stream):
                try:
                    frames = packet.decode()
                except av.error.InvalidDataError:
                    continue
                for frame in frames:
                    parts += [out.to_ndarray()[0] for out in resampler.resample(frame)]
            parts += [out.to_ndarray()[0] for out in resampler.resample(None)]
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise _undecodable(path, str(error) or "no audio stream") from error
    waveform = np.concatenate(parts) if parts else np.empty(0, np.float32)
    if not len(waveform):
        raise _undecodable(path, "no sound")
    return np.nan_to_num(waveform.astype(np.float32, copy=False)), rate_hz


def _undecodable(path: Path, reason: str) -> ManifestError:
    return ManifestError(
        Text(f"清单中的录音无法解码：{path}（{reason}）。",
             f"A recording of the manifest cannot be decoded: {path} ({reason}).")
    )  # fmt: skip
