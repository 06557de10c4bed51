"""Sound files: every accepted kind, and some that lie."""

from pathlib import Path

import av
import numpy as np

from tests.odd import boxes
from tests.odd.catalogue import REPORT, odd
from tests.odd.encode import tone, write_media


@odd("silence.wav")
def _silence(path: Path) -> None:
    write_media(path, sound=np.zeros(96_000, np.float32), sound_codec="pcm_s16le")


@odd("a-tenth-of-a-second.wav")
def _tenth(path: Path) -> None:
    write_media(path, sound=tone(0.1), sound_codec="pcm_s16le")


@odd("one-sample.wav", REPORT, "nothing_to_analyse", "damaged_file")
def _one_sample(path: Path) -> None:
    path.write_bytes(boxes.wav_header(16_000, 2) + b"\x10\x00")


@odd("no-samples.wav", "nothing_to_analyse", "damaged_file")
def _no_samples(path: Path) -> None:
    path.write_bytes(boxes.wav_header(16_000, 0))


@odd("ten-minutes.flac", "too_long")
def _ten_minutes(path: Path) -> None:
    quiet = np.zeros(600 * 16_000, np.float32)
    write_media(path, sound=quiet, sound_codec="flac", sound_rate_hz=16_000)


@odd("ten-minutes-that-no-header-tells.mkv", "too_long")
def _ten_minutes_live(path: Path) -> None:
    quiet = np.zeros(600 * 8_000, np.float32)
    write_media(
        path, sound=quiet, sound_codec="pcm_u8", sound_rate_hz=8_000,
        container_options={"live": "1"},
    )  # fmt: skip


@odd("clipped.wav")
def _clipped(path: Path) -> None:
    write_media(path, sound=np.clip(20 * tone(2.0), -1, 1), sound_codec="pcm_s16le")


@odd("claims-four-gigabytes.wav", REPORT, "too_long", "damaged_file")
def _claims_four_gigabytes(path: Path) -> None:
    samples = (tone(2.0, rate_hz=16_000) * 32_000).astype("<i2")
    path.write_bytes(boxes.wav_header(16_000, 0xFFFF_FFF0) + samples.tobytes())


@odd("rate-of-zero.wav", "damaged_file", "unknown_format", "unsupported_codec")
def _rate_of_zero(path: Path) -> None:
    path.write_bytes(boxes.wav_header(0, 3200) + bytes(3200))


@odd("voice-memo.m4a", encoders=("aac",))
def _m4a(path: Path) -> None:
    write_media(path, sound=tone(2.0), channels=2)


@odd("raw.aac", encoders=("aac",))
def _adts(path: Path) -> None:
    write_media(path, sound=tone(2.0), container_format="adts")


@odd("message.amr", encoders=("libopencore_amrnb",))
def _amr(path: Path) -> None:
    write_media(
        path, sound=tone(2.0, rate_hz=8_000), sound_rate_hz=8_000, sound_codec="libopencore_amrnb"
    )


@odd("message.opus", encoders=("libopus",))
def _opus(path: Path) -> None:
    write_media(path, sound=tone(2.0), sound_codec="libopus", container_format="ogg")


@odd("message.ogg", encoders=("vorbis",))
def _vorbis(path: Path) -> None:
    # FFmpeg's own Vorbis encoder is marked experimental and does stereo only.
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("vorbis", rate=44_100)
        stream.layout = "stereo"
        stream.codec_context.options = {"strict": "-2"}
        stereo = np.stack([tone(2.0, rate_hz=44_100)] * 2)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(stereo), "fltp", "stereo")
        frame.sample_rate = 44_100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


@odd("lossless.flac", encoders=("flac",))
def _flac(path: Path) -> None:
    write_media(path, sound=tone(2.0), sound_codec="flac")


@odd("song.mp3", encoders=("libmp3lame",))
def _mp3(path: Path) -> None:
    write_media(path, sound=tone(2.0), sound_codec="libmp3lame", channels=2)


@odd("eight-channels.flac", encoders=("flac",))
def _eight_channels(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=16_000, layout="7.1")
        samples = (tone(2.0, rate_hz=16_000) * 32_000).astype(np.int16)
        eight = np.ascontiguousarray(np.repeat(samples, 8)[None, :])
        for start in range(0, eight.shape[1], 8 * 1600):
            frame = av.AudioFrame.from_ndarray(eight[:, start : start + 8 * 1600], "s16", "7.1")
            frame.sample_rate = 16_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
