"""The picture track of a clip: packets in, chosen upright frames out.

What is held at any time is bounded: one keyframe's group of compressed packets, and twice as many
pictures as are handed on.
"""

import os
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tingzhen.errors import TooLong
from tingzhen.language import Text
from tingzhen.media.clip import Frame
from tingzhen.media.frame_choice import PacketFacts, choose_packets, spacing_s, thin_out
from tingzhen.media.limits import Limits
from tingzhen.media.picture import (
    FrameConverter,
    display_matrix,
    grey_small,
    rotation_deg,
    sharpness,
    thumbnail,
)

# Held back of one keyframe's group, at most; longer groups are decided on in parts.
_GROUP_S = 12.0
_GROUP_BYTES = 96_000_000
_KEYFRAME_THREADS = min(4, os.cpu_count() or 1)


def too_long(limits: Limits) -> TooLong:
    return TooLong(
        Text(f"录制时间过长，上限为 {limits.max_duration_s:.0f} 秒。请截取能听到异响的一段。",
             f"The recording is too long; {limits.max_duration_s:.0f} s are accepted. "
             "Cut out the part in which the noise is heard.")
    )  # fmt: skip


@dataclass
class _Candidate:
    frame: Frame
    thumbnail: NDArray[np.uint8]


class Pass(Protocol):
    """What the track needs of the pass over the container that it is part of."""

    limits: Limits
    origin_s: float
    partial: bool

    def decoded(self, stream: Any, packet: Any | None) -> list[Any]: ...
    def check_pixels(self, width: int, height: int) -> None: ...
    def out_of_time(self) -> bool: ...


class PictureTrack:
    """Groups of packets in, candidates for frames out. rotation: clockwise, in degrees."""

    def __init__(self, owner: Pass, stream: Any, duration_s: float | None) -> None:
        self._owner, self._stream = owner, stream
        self._spacing_s = spacing_s(duration_s, owner.limits.max_frames, owner.limits.min_spacing_s)
        self._group: list[tuple[int, Any, PacketFacts]] = []
        self._converter = FrameConverter(owner.limits.frame_side_px)
        self._continues = False
        self._opened = False
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
                raise too_long(self._owner.limits)
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
        if not self._opened:
            # Keyframes refer to nothing, so a few are decoded side by side for the same CPU time;
            # many threads would hold a picture each.
            context.thread_type = "AUTO"
            alone = _KEYFRAME_THREADS if len(decode) <= 1 else 0
            context.thread_count = self._owner.limits.decode_threads or alone
            self._opened = True
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
            self._owner.check_pixels(frame.width, frame.height)
            if not self._candidates:
                self.rotation = rotation_deg(display_matrix(frame))
            aspect = self._stream.sample_aspect_ratio
            rgb = self._converter.upright_rgb(frame, sample_aspect=float(aspect) if aspect else 1.0)
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
