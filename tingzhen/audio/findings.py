"""What the noise recogniser says of a waveform."""

from dataclasses import dataclass
from typing import Literal

from tingzhen.audio.vocabulary import NoiseType
from tingzhen.language import Text

NoiseVerdict = Literal["abnormal", "normal", "cannot_tell", "no_audio"]


@dataclass(frozen=True, slots=True)
class NoiseScore:
    """Calibrated probability, 0..1, that the clip holds the type; several may hold at once."""

    type: NoiseType
    probability: float


@dataclass(frozen=True, slots=True)
class NoiseEvent:
    """A stretch of the clip, in seconds on the player's clock, in which a fault noise is heard."""

    type: NoiseType
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class NoiseFindings:
    """types: all of the vocabulary, most probable first. reasons: why it cannot tell, if so.

    speech: probability, 0..1, that speech is what is mostly heard. music: the same for music.
    """

    verdict: NoiseVerdict
    types: tuple[NoiseScore, ...]
    events: tuple[NoiseEvent, ...] = ()
    reasons: tuple[Text, ...] = ()
    speech: float = 0.0
    music: float = 0.0
