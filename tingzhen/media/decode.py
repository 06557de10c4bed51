"""One pass over the packets of a container → waveform, chosen frames and facts.

Runs inside the decoder's child process: hostile input may crash it, exhaust it or hang it.

Invariants: one demuxer, chosen from the content; no other file is opened; every packet is read
once; a damaged packet costs itself and nothing more; what is held at any time is bounded.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

from tingzhen.errors import DamagedFile, NothingToAnalyse, TooLong, TooManyStreams, UnsupportedCodec
from tingzhen.language import Text
from tingzhen.media.clip import SAMPLE_RATE_HZ, AudioFacts, Frame, Kind, VideoFacts
from tingzhen.media.frame_choice import PacketFacts, choose_packets, spacing_s, thin_out
from tingzhen.media.limits import Limits
from tingzhen.media.photo import too_many_pixels
from tingzhen.media.picture import (
    display_matrix,
    grey_small,
    rotation_deg,
    sharpness,
    thumbnail,
    upright_rgb,
)
from tingzhen.media.sample_clip import GENERATED_TAG
from tingzhen.media.sound import Waveform

VIDEO_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mpeg4"})
AUDIO_CODECS = frozenset({"aac", "opus", "vorbis", "mp3", "mp3float", "amrnb", "amrwb", "amr_nb",
                          "amr_wb", "flac"})  # fmt: skip
# Containers whose header names every track: probing their packets would only cost time.
_COMPLETE_HEADERS = frozenset({"mov", "matroska"})
_READ_BYTES = 1 << 18
# Held back of one keyframe's group, at most; longer groups are decided on in parts.
_GROUP_S = 12.0
_GROUP_BYTES = 96_000_000
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
    # Neither playlists nor references to other files are followed: no protocol is allowed.
    options = {"protocol_whitelist": "", "max_streams": str(max(limits.max_streams, 100))}
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
        return _Pass(container, demuxer, limits).run()


def _damaged() -> DamagedFile:
    return DamagedFile(
        Text("文件已损坏或不完整，无法解码。请重新录制，或重新从手机导出。",
             "The file is damaged or incomplete and cannot be decoded. "
             "Record it again or export it from the phone again.")
    )  # fmt: skip


def _too_long(limits: Limits) -> TooLong:
    return TooLong(
        Text(f"录制时间过长，上限为 {limits.max_duration_s:.0f} 秒。请截取能听到异响的一段。",
             f"The recording is too long; {limits.max_duration_s:.0f} s are accepted. "
             "Cut out the part in which the noise is heard.")
    )  # fmt: skip


def _codec_name(stream: Any) -> str:
    """Name of the coding, not of the decoder: "av1", not "libdav1d"."""
    context = stream.codec_context
    return "" if context is None else str(context.codec.canonical_name)


@dataclass
class _Candidate:
    frame: Frame
    thumbnail: NDArray[np.uint8]


@dataclass
class _Pass:
    """State of one pass; `run` is the whole of it, in order."""

    container: Any
    demuxer: str
    limits: Limits
    damaged_packets: int = 0
    partial: bool = False
    started_cpu_s: float = field(default_factory=time.process_time)

    def run(self) -> Decoded:
        video, audio, refused = self._choose_streams()
        if video is None and audio is None:
            raise self._nothing(refused)
        self.origin_s = self._origin_s()
        hint_s = self.container.duration / av.time_base if self.container.duration else None
        if hint_s and hint_s > self.limits.max_duration_s and self.demuxer in _COMPLETE_HEADERS:
            raise _too_long(self.limits)
        pictures = None if video is None else _Pictures(self, video, hint_s)
        waveform = None if audio is None else Waveform(float(audio.time_base), self.origin_s)
        for packet in self._packets([s for s in (video, audio) if s is not None]):
            if packet.stream is video and pictures is not None:
                pictures.add(packet)
            elif waveform is not None and packet.stream is audio:
                for frame in self.decoded(audio, packet):
                    waveform.add(frame)
                if waveform.end_s > self.limits.max_duration_s + 1:
                    raise _too_long(self.limits)
        if pictures is not None:
            pictures.finish()
        if waveform is not None:
            for frame in self.decoded(audio, None):
                waveform.add(frame)
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
                    self._check_pixels(stream.codec_context.width, stream.codec_context.height)
                    stream.codec_context.options = {"max_pixels": str(self.limits.max_pixels)}
                    stream.codec_context.thread_type = "AUTO"
                    video = stream
            elif stream.type == "audio":
                if name not in AUDIO_CODECS and not name.startswith("pcm_"):
                    refused.append(name or "?")
                elif audio is None:
                    audio = stream
        return video, audio, refused

    def _check_pixels(self, width: int, height: int) -> None:
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

    def out_of_time(self) -> bool:
        return time.process_time() - self.started_cpu_s > self.limits.decode_soft_s

    def _result(
        self, video: Any, audio: Any, pictures: "_Pictures | None", sound: Waveform | None
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
            audio=AudioFacts(
                _codec_name(audio), audio.codec_context.sample_rate, audio.codec_context.channels
            )
            if waveform is not None
            else None,
            waveform=waveform,
            frames=frames,
            damaged_packets=self.damaged_packets,
            partial=self.partial,
            generated=self.container.metadata.get("comment") == GENERATED_TAG,
            decoded_packets=tuple(pictures.decoded_packets) if pictures is not None else (),
        )


class _Pictures:
    """The picture track: groups of packets in, candidates for frames out."""

    def __init__(self, owner: _Pass, stream: Any, duration_s: float | None) -> None:
        self._owner, self._stream = owner, stream
        self._spacing_s = spacing_s(duration_s, owner.limits.max_frames)
        self._group: list[tuple[int, Any, PacketFacts]] = []
        self._continues = False
        self._wanted: set[int] = set()
        self._last_chosen_s: float | None = None
        self._candidates: list[_Candidate] = []
        self._seen = 0
        self._held_bytes = 0
        self._tick_s = float(stream.time_base)
        self.rotation = 0
        self.end_s = 0.0
        self.decoded_packets: list[int] = []

    def add(self, packet: Any) -> None:
        stamp = packet.pts if packet.pts is not None else packet.dts
        time_s = None
        if stamp is not None:
            time_s = stamp * self._tick_s - self._owner.origin_s
            self.end_s = max(self.end_s, time_s + (packet.duration or 0) * self._tick_s)
            if time_s > self._owner.limits.max_duration_s + 1:
                raise _too_long(self._owner.limits)
        if packet.is_keyframe and self._group:
            self._decide(next_keyframe_s=time_s)
        self._group.append((self._seen, packet, PacketFacts(time_s, bool(packet.is_keyframe))))
        self._seen += 1
        self._held_bytes += packet.size
        if self._is_full():
            self._decide(next_keyframe_s=None, whole=True)

    def _is_full(self) -> bool:
        times = [facts.time_s for _, _, facts in (self._group[0], self._group[-1])]
        if times[0] is not None and times[1] is not None and times[1] - times[0] > _GROUP_S:
            return True
        return self._held_bytes > _GROUP_BYTES

    def _decide(self, *, next_keyframe_s: float | None, whole: bool = False) -> None:
        group, self._group, self._held_bytes = self._group, [], 0
        keyframes_only = self._owner.out_of_time()
        self._owner.partial |= keyframes_only
        decode, keep = choose_packets(
            [facts for _, _, facts in group],
            last_chosen_s=self._last_chosen_s,
            next_keyframe_s=next_keyframe_s,
            spacing=self._spacing_s,
            continues=self._continues,
            keyframes_only=keyframes_only,
        )
        # The next part of a group that was cut refers to all of this one.
        self._continues = whole and not keyframes_only
        context = self._stream.codec_context
        for index, (number, packet, facts) in enumerate(group):
            if not (self._continues or index in decode):
                continue
            if index in keep:
                self._wanted.add(packet.pts if packet.pts is not None else packet.dts)
                self._last_chosen_s = facts.time_s
            elif packet.is_disposable:
                continue
            # Pictures that no other refers to need not be decoded unless they are wanted.
            context.skip_frame = "DEFAULT" if index in keep else "NONREF"
            self.decoded_packets.append(number)
            self._take(self._owner.decoded(self._stream, packet))
        if next_keyframe_s is not None and keep - {0}:
            # Pictures were spread evenly up to the next keyframe: it is the next one due.
            self._last_chosen_s = next_keyframe_s - self._spacing_s

    def _take(self, frames: list[Any]) -> None:
        for frame in frames:
            stamp = frame.pts if frame.pts is not None else frame.dts
            if stamp not in self._wanted:
                continue
            self._wanted.discard(stamp)
            self._owner._check_pixels(frame.width, frame.height)
            if not self._candidates:
                self.rotation = rotation_deg(display_matrix(frame))
            aspect = self._stream.sample_aspect_ratio
            rgb = upright_rgb(
                frame,
                sample_aspect=float(aspect) if aspect else 1.0,
                side_px=self._owner.limits.frame_side_px,
            )
            time_s = 0.0 if stamp is None else stamp * self._tick_s
            time_s = max(0.0, time_s - self._owner.origin_s)
            grey = grey_small(rgb)
            picture = Frame(rgb, time_s, sharpness(grey))
            self._candidates.append(_Candidate(picture, thumbnail(grey)))
        if len(self._candidates) > 2 * self._owner.limits.max_frames:
            # Only where the container did not say how long the clip is.
            self._candidates = self._candidates[::2]
            self._spacing_s *= 2

    def finish(self) -> None:
        if self._group:
            self._decide(next_keyframe_s=None)
        self._take(self._owner.decoded(self._stream, None))

    def chosen(self) -> tuple[Frame, ...]:
        candidates = self._candidates
        kept = thin_out(
            [c.frame.time_s for c in candidates],
            [c.frame.sharpness for c in candidates],
            [c.thumbnail for c in candidates],
            self._owner.limits.max_frames,
        )
        return tuple(candidates[index].frame for index in kept)
