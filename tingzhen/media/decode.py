"""One pass over the packets of a container → waveform, chosen frames and facts; or two passes,
where somebody waits for the sound: what is decoded is the same.

Runs inside the decoder's child process: hostile input may crash it, exhaust it or hang it.

Invariants: one demuxer, chosen from the content; no other file is opened; every packet is read
once in a pass; a damaged packet costs itself and nothing more; what is held at any time is bounded.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

import av
import numpy as np
from av.stream import Discard, Disposition
from numpy.typing import NDArray

from tingzhen.errors import DamagedFile, NothingToAnalyse, TooManyStreams, UnsupportedCodec
from tingzhen.language import Text
from tingzhen.media.clip import SAMPLE_RATE_HZ, AudioFacts, Frame, Kind, VideoFacts
from tingzhen.media.limits import Limits
from tingzhen.media.photo import too_many_pixels
from tingzhen.media.picture_track import PictureTrack, too_long
from tingzhen.media.sample_clip import GENERATED_TAG
from tingzhen.media.sound import Waveform

Tracks = Literal["all", "sound", "pictures"]

VIDEO_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mpeg4"})
AUDIO_CODECS = frozenset({"aac", "opus", "vorbis", "mp3", "mp3float", "amrnb", "amrwb", "amr_nb",
                          "amr_wb", "flac"})  # fmt: skip
# Containers whose header names every track: probing their packets would only cost time.
_COMPLETE_HEADERS = frozenset({"mov", "matroska"})
_READ_BYTES = 1 << 18
# Enough to count them and say so; above it the demuxer itself gives up.
_MAX_OPENED_STREAMS = 4096
# OSError: of our own file, where a demuxer wants to go to a place before its beginning.
_UNREADABLE = (av.FFmpegError, EOFError, OSError)
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


def decode_container(file: BinaryIO, demuxer: str, limits: Limits) -> Decoded:
    """Decode a video or audio file. Raises the ClipErrors named in `tingzhen.errors`."""
    return _passed_over(file, demuxer, limits, "all")


def decode_sound_first(
    file: BinaryIO, demuxer: str, limits: Limits, heard: Callable[[Decoded], None]
) -> Decoded:
    """The same, and `heard` is given the sound before the pictures are decoded, which are most of
    the cost. Of a video it is told no more than that, and its duration is that of the sound."""
    sound = _passed_over(file, demuxer, limits, "sound")
    heard(sound)
    if sound.kind != "video":
        return sound
    file.seek(0)
    return _passed_over(file, demuxer, limits, "pictures", sound)


def _passed_over(
    file: BinaryIO, demuxer: str, limits: Limits, tracks: Tracks, sound: Decoded | None = None
) -> Decoded:
    # Neither playlists nor references to other files are followed: no protocol is allowed.
    options = {"protocol_whitelist": "", "max_streams": str(_MAX_OPENED_STREAMS)}
    if demuxer in _COMPLETE_HEADERS:
        options |= {"analyzeduration": "1", "probesize": "32"}
    try:
        container = av.open(
            file, format=demuxer, options=options, metadata_errors="ignore", buffer_size=_READ_BYTES
        )
    except (*_UNREADABLE, ValueError, UnicodeError) as error:
        raise _damaged() from error
    with container:
        if len(container.streams) > limits.max_streams:
            raise TooManyStreams(
                Text(f"文件里有 {len(container.streams)} 条轨道，上限为 {limits.max_streams} 条。"
                     "请用手机相机重新录制。",
                     f"The file has {len(container.streams)} tracks; {limits.max_streams} are "
                     "accepted. Record it again with the phone's camera.")
            )  # fmt: skip
        return _Pass(container, demuxer, limits, sound).run(tracks)


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
    """State of one pass; `run` is the whole of it, in order. sound: of an earlier pass."""

    container: Any
    demuxer: str
    limits: Limits
    sound: Decoded | None = None
    damaged_packets: int = 0
    unreadable: int = 0
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
        wanted = None if tracks == "sound" else video
        heard = None if tracks == "pictures" else audio
        pictures = None if wanted is None else PictureTrack(self, wanted, hint_s)
        waveform = None if heard is None else Waveform(float(heard.time_base), self.origin_s)
        self._decode(wanted, pictures, heard, waveform)
        samples = None if waveform is None else waveform.finish(self.limits.max_duration_s)
        if samples is None or not len(samples):
            samples, audio = None, None
        facts = None if audio is None else _audio_facts(audio)
        if tracks == "sound" and video is not None:
            return self._sound(samples, facts)
        if self.sound is not None:
            samples, facts = self.sound.waveform, self.sound.audio
            self.damaged_packets += self.sound.damaged_packets
        return self._result(video, pictures, samples, facts)

    def _decode(
        self, video: Any, pictures: PictureTrack | None, audio: Any, waveform: Waveform | None
    ) -> None:
        """All packets of the tracks that are wanted; None: a track that is not."""
        streams = [s for s in (video, audio) if s is not None]
        if self.demuxer in _COMPLETE_HEADERS:
            for other in self.container.streams:
                if other not in streams:
                    other.discard = Discard.all  # its bytes need not even be read
        for packet in self._packets(streams) if streams else ():
            if packet.stream is video and pictures is not None:
                pictures.add(packet)
            elif packet.stream is audio and waveform is not None:
                self._hear(audio, packet, waveform)
                if waveform.end_s > self.limits.max_duration_s + 1:
                    raise too_long(self.limits)
        if pictures is not None:
            pictures.finish()
        if waveform is not None:
            self._hear(audio, None, waveform)

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
            except _UNREADABLE:
                self.unreadable += 1
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

    def _hear(self, audio: Any, packet: Any | None, waveform: Waveform) -> None:
        """Add what the packet completes; what cannot be used costs itself and nothing more."""
        for frame in self.decoded(audio, packet):
            try:
                waveform.add(frame)
            except MemoryError:
                raise
            except (av.FFmpegError, ValueError):
                self.damaged_packets += 1

    def out_of_time(self) -> bool:
        return time.process_time() - self.started_cpu_s > self.limits.decode_soft_s

    def _sound(self, waveform: NDArray[np.float32] | None, facts: AudioFacts | None) -> Decoded:
        """Of a video whose pictures nobody has looked at: what of it cannot be read will be met
        again."""
        return Decoded(
            kind="video",
            duration_s=0.0 if waveform is None else len(waveform) / SAMPLE_RATE_HZ,
            video=None,
            audio=facts,
            waveform=waveform,
            frames=(),
            damaged_packets=self.damaged_packets,
        )

    def _result(
        self,
        video: Any,
        pictures: PictureTrack | None,
        waveform: NDArray[np.float32] | None,
        facts: AudioFacts | None,
    ) -> Decoded:
        frames = pictures.chosen() if pictures is not None else ()
        has_picture = bool(frames)
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
            audio=facts,
            waveform=waveform,
            frames=frames,
            damaged_packets=self.damaged_packets + self.unreadable,
            partial=self.partial,
            generated=self.container.metadata.get("comment") == GENERATED_TAG,
            decoded_packets=tuple(pictures.decoded_packets) if pictures is not None else (),
        )
