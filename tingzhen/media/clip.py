"""What the media room hands on: one decoded clip, with facts about it and about its quality."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tingzhen.language import Text

SAMPLE_RATE_HZ = 16_000

Kind = Literal["video", "audio", "photo"]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a clip.

    rgb: uint8 (height, width, 3), upright, square pixels. time_s: on the player's clock.
    sharpness: variance of the Laplacian at 256 px; larger is sharper.
    """

    rgb: NDArray[np.uint8]
    time_s: float
    sharpness: float = 0.0


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """As stored in the file: width and height before rotation; rotation clockwise in degrees."""

    codec: str
    width: int
    height: int
    rotation: int


@dataclass(frozen=True, slots=True)
class AudioFacts:
    codec: str
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class QualityFact:
    """One weakness of a recording, and what to do better the second time."""

    code: str
    message: Text
    advice: Text


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip, decoded once.

    waveform: float32 (n,), mono, -1..1, 16 kHz; sample i sounds at i / 16000 s on the player's
    clock (a late-starting track begins with silence). None when there is no audio track.
    frames: in order of time, each upright RGB; empty when there is no picture.
    duration_s: of the longer track on the player's clock; 0.0 for a photo.
    """

    name: str
    sha256: str
    bytes: int
    kind: Kind
    duration_s: float
    video: VideoFacts | None
    audio: AudioFacts | None
    waveform: NDArray[np.float32] | None = None
    frames: tuple[Frame, ...] = ()
    quality: tuple[QualityFact, ...] = ()
    damaged_packets: int = 0
    generated: bool = False
    decode_cpu_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """What can be heard of a file, without its pictures.

    kind: what the file is; a "video" may turn out to hold no picture that can be decoded.
    waveform: as in `Clip`. quality: codes of what is weak in the sound alone.
    """

    kind: Kind
    waveform: NDArray[np.float32] | None
    audio: AudioFacts | None
    quality: tuple[str, ...]
