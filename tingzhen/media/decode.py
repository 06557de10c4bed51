"""One pass over the packets of a container → waveform, chosen frames and facts.

Runs inside the decoder's child process: hostile input may crash it, exhaust it or hang it.

Invariants: one demuxer, chosen from the content; no other file is opened; every packet is read
once; a damaged packet costs itself and nothing more; what is held at any time is bounded.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

from tingzhen.errors import DamagedFile, NothingToAnalyse, TooManyStreams, UnsupportedCodec
from tingzhen.language import Text
from tingzhen.media.clip import SAMPLE_RATE_HZ, AudioFacts, Frame, Kind, VideoFacts
from tingzhen.media.limits import Limits
from tingzhen.media.photo import too_many_pixels
from tingzhen.media.picture_track import PictureTrack, too_long
from tingzhen.media.sample_clip import GENERATED_TAG
from tingzhen.media.sound import Waveform

Tracks = Literal["all", "sound"]

VIDEO_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mpeg4"})
AUDIO_CODECS = frozenset({"aac", "opus", "vorbis", "mp3", "mp3float", "amrnb", "amrwb", "amr_nb",
                          "amr_wb", "flac"})  # fmt: skip
# Containers whose header names every track: probing their packets would only cost time.
_COMPLETE_HEADERS = frozenset({"mov", "matroska"})
_READ_BYTES = 1 << 18
# Enough to count them and say so; above it the demuxer itself gives up.
_MAX_OPENED_STREAMS = 4096
# A demuxer that fails this often in a row has nothing more to give.
_MAX_DEMUX_FAILURES = 64


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """Everything of a clip that its bytes say. partial: some wanted pictures were not decoded."""

    kind: Kind
    duration_s: float
    video: VideoFacts | None
    audio: AudioFacts | None
    waveform: NDArray[np.float32] | None
    frames: tuple[Frame, ...]
    damaged_packets: int = 0
    partial: bool = False
    generated: bool = False
    decoded_packets: tuple[int, ...] = ()


def decode_container(
    file: BinaryIO, demuxer: str, limits: Limits, tracks: Tracks = "all"
) -> Decoded:
    """Decode a video or audio file. Raises the ClipErrors named in `tingzhen.errors`.

    tracks: "sound" leaves the pictures out, which are most of the cost: kind says what the file is,
    and duration_s is that of the sound.
    """
    # Neither playlists nor references to other files are followed: no protocol is allowed.
    options = {"protocol_whitelist": "", "max_streams": str(_MAX_OPENED_STREAMS)}
    if demuxer in _COMPLETE_HEADERS:
        options |= {"analyzeduration": "1", "probesize": "32"}
    try:
        container = av.open(
            file, format=demuxer, options=options, metadata_errors="ignore", buffer_size=_READ_BYTES
        )
    except (av.FFmpegError, ValueError, EOFError, UnicodeError) as error:
        raise _damaged() from error
    with container:
        if len(container.streams) > limits.max_streams:
            raise TooManyStreams(
                Text(f"文件里有 {len(container.streams)} 条轨道，上限为 {limits.max_streams} 条。"
                     "请用手机相机重新录制。",
                     f"The file has {len(container.streams)} tracks; {limits.max_streams} are "
                     "accepted. Record it again with the phone's camera.")
            )  # fmt: skip
        return _Pass(container, demuxer, limits).run(tracks)


def _damaged() -> DamagedFile:
    return DamagedFile(
        Text("文件已损坏或不完整，无法解码。请重新录制，或重新从手机导出。",
             "The file is damaged or incomplete and cannot be decoded. "
             "Record it again or export it from the phone again.")
    )  # fmt: skip


def _codec_name(stream: Any) -> str:
    """Name of the coding, not of the decoder: "av1", not "libdav1d"."""
    context = stream.codec_context
    return "" if context is None else str(context.codec.canonical_name)


def _audio_facts(stream: Any) -> AudioFacts:
    context = stream.codec_context
    return AudioFacts(_codec_name(stream), context.sample_rate, context.channels)


@dataclass
class _Pass:
    """State of one pass; `run` is the whole of it, in order."""

    container: Any
    demuxer: str
    limits: Limits
    damaged_packets: int = 0
    partial: bool = False
    origin_s: float = 0.0
    started_cpu_s: float = field(default_factory=time.process_time)

    def run(self, tracks: Tracks) -> Decoded:
        video, audio, refused = self._choose_streams()
        if video is None and audio is None:
            raise self._nothing(refused)
        self.origin_s = self._origin_s()
        hint_s = self.container.duration / av.time_base if self.container.duration else None
        if hint_s and hint_s > self.limits.max_duration_s and self.demuxer in _COMPLETE_HEADERS:
            raise too_long(self.limits)
        wanted = video if tracks == "all" else None
        pictures = None if wanted is None else PictureTrack(self, wanted, hint_s)
        waveform = None if audio is None else Waveform(float(audio.time_base), self.origin_s)
        streams = [s for s in (wanted, audio) if s is not None]
        for packet in self._packets(streams) if streams else ():
            if packet.stream is video and pictures is not None:
                pictures.add(packet)
            elif waveform is not None and packet.stream is audio:
                for frame in self.decoded(audio, packet):
                    self._hear(frame, waveform)
                if waveform.end_s > self.limits.max_duration_s + 1:
                    raise too_long(self.limits)
        if pictures is not None:
            pictures.finish()
        if waveform is not None:
            for frame in self.decoded(audio, None):
                self._hear(frame, waveform)
        if tracks == "sound" and video is not None:
            return self._sound(audio, waveform)
        return self._result(video, audio, pictures, waveform)

    def _choose_streams(self) -> tuple[Any | None, Any | None, list[str]]:
        video = audio = None
        refused: list[str] = []
        for stream in self.container.streams:
            name = _codec_name(stream)
            if stream.type == "video" and not stream.disposition & Disposition.attached_pic:
                if name not in VIDEO_CODECS:
                    refused.append(name or "?")
                elif video is None:
                    self.check_pixels(stream.codec_context.width, stream.codec_context.height)
                    stream.codec_context.options = {"max_pixels": str(self.limits.max_pixels)}
                    video = stream
            elif stream.type == "audio":
                if name not in AUDIO_CODECS and not name.startswith("pcm_"):
                    refused.append(name or "?")
                elif audio is None:
                    audio = stream
        return video, audio, refused

    def check_pixels(self, width: int, height: int) -> None:
        if width * height > self.limits.max_pixels:
            raise too_many_pixels(width, height, self.limits)

    def _nothing(self, refused: list[str]) -> UnsupportedCodec | NothingToAnalyse:
        if refused:
            names = ", ".join(sorted(set(refused)))
            return UnsupportedCodec(
                Text(f"不支持的编码：{names}。请用手机相机默认设置重新录制（H.264 或 H.265）。",
                     f"Coding not supported: {names}. Record it again with the phone camera's "
                     "standard setting (H.264 or H.265).")
            )  # fmt: skip
        return NothingToAnalyse(
            Text("文件里既没有声音也没有画面。请重新录制。",
                 "The file holds neither sound nor picture. Record it again.")
        )  # fmt: skip

    def _origin_s(self) -> float:
        """Time stamp at which players show 0:00: MP4 edit lists count from zero, others do not."""
        start = self.container.start_time
        if self.demuxer == "mov" or start is None:
            return 0.0
        return float(start / av.time_base)

    def _packets(self, streams: list[Any]) -> Iterator[Any]:
        """All packets of the streams; unreadable stretches are counted and passed over."""
        failures = 0
        while failures < _MAX_DEMUX_FAILURES:
            try:
                for packet in self.container.demux(*streams):
                    if packet.size:
                        failures = 0
                        yield packet
            except (av.FFmpegError, EOFError):
                self.damaged_packets += 1
                failures += 1
            else:
                return

    def decoded(self, stream: Any, packet: Any | None) -> list[Any]:
        """Frames that the packet (None: the end) completes; a damaged packet completes none."""
        try:
            frames = list(stream.codec_context.decode(packet))
        except MemoryError:
            raise
        except (av.FFmpegError, EOFError, ValueError):
            self.damaged_packets += packet is not None
            return []
        whole = [frame for frame in frames if not frame.is_corrupt]
        self.damaged_packets += len(frames) - len(whole)
        return whole

    def _hear(self, frame: Any, waveform: Waveform) -> None:
        """Add a frame of sound; one that cannot be used costs itself and nothing more."""
        try:
            waveform.add(frame)
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError):
            self.damaged_packets += 1

    def out_of_time(self) -> bool:
        return time.process_time() - self.started_cpu_s > self.limits.decode_soft_s

    def _sound(self, audio: Any, sound: Waveform | None) -> Decoded:
        """Of a video whose pictures nobody has looked at."""
        waveform = None if sound is None else sound.finish(self.limits.max_duration_s)
        if waveform is not None and not len(waveform):
            waveform = None
        return Decoded(
            kind="video",
            duration_s=0.0 if waveform is None else len(waveform) / SAMPLE_RATE_HZ,
            video=None,
            audio=None if waveform is None else _audio_facts(audio),
            waveform=waveform,
            frames=(),
            damaged_packets=self.damaged_packets,
        )

    def _result(
        self, video: Any, audio: Any, pictures: PictureTrack | None, sound: Waveform | None
    ) -> Decoded:
        waveform = None if sound is None else sound.finish(self.limits.max_duration_s)
        frames = pictures.chosen() if pictures is not None else ()
        has_picture = bool(frames)
        if waveform is not None and not len(waveform):
            waveform = None
        if waveform is None and not has_picture:
            raise _damaged()
        picture_end_s = pictures.end_s if pictures is not None and has_picture else 0.0
        return Decoded(
            kind="video" if has_picture else "audio",
            duration_s=max(
                picture_end_s, 0.0 if waveform is None else len(waveform) / SAMPLE_RATE_HZ
            ),
            video=None
            if pictures is None or not has_picture
            else VideoFacts(
                _codec_name(video),
                video.codec_context.width,
                video.codec_context.height,
                pictures.rotation,
            ),
            audio=None if waveform is None else _audio_facts(audio),
            waveform=waveform,
            frames=frames,
            damaged_packets=self.damaged_packets,
            partial=self.partial,
            generated=self.container.metadata.get("comment") == GENERATED_TAG,
            decoded_packets=tuple(pictures.decoded_packets) if pictures is not None else (),
        )
