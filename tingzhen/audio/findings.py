"""What the noise recogniser says of a waveform."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tingzhen.audio.provenance import Provenance, marked_name
from tingzhen.audio.vocabulary import NOISE_TYPES, NoiseType
from tingzhen.language import Text

NoiseVerdict = Literal["abnormal", "normal", "cannot_tell", "no_audio"]


@dataclass(frozen=True, slots=True)
class NoiseScore:
    """Calibrated probability, 0..1, that the clip holds the type; several may hold at once."""

    type: NoiseType
    probability: float


@dataclass(frozen=True, slots=True)
class NoiseEvent:
    """A stretch of the clip, in seconds on the player's clock, in which a fault noise is heard.

    low_hz, high_hz: the band in which it stands out; None where nobody looked for it.
    """

    type: NoiseType
    start_s: float
    end_s: float
    probability: float
    low_hz: float | None = None
    high_hz: float | None = None


def _all_alike() -> dict[NoiseType, float]:
    return dict.fromkeys(NOISE_TYPES, 1.0 / len(NOISE_TYPES))


def _all_recorded() -> dict[NoiseType, Provenance]:
    return dict.fromkeys(NOISE_TYPES, "recordings")


@dataclass(frozen=True, slots=True)
class NoiseFindings:
    """types: all of the vocabulary, most probable first. reasons: why it cannot tell, if so.

    speech: probability, 0..1, that speech is what is mostly heard. music: the same for music.
    provenance: what each type was learned from; one that is missing was not learned, and its
    score says nothing. base_rates: for each learned type, the share of clips, 0..1, that its
    scores are calibrated for.
    """

    verdict: NoiseVerdict
    types: tuple[NoiseScore, ...]
    events: tuple[NoiseEvent, ...] = ()
    reasons: tuple[Text, ...] = ()
    speech: float = 0.0
    music: float = 0.0
    provenance: Mapping[NoiseType, Provenance] = field(default_factory=_all_recorded)
    base_rates: Mapping[NoiseType, float] = field(default_factory=_all_alike)

    def name(self, type_: NoiseType) -> Text:
        """Name of a type as a result of it is shown: it says if only synthetic sound taught it."""
        return marked_name(type_, self.provenance.get(type_))

    @property
    def claimed(self) -> tuple[NoiseType, ...]:
        """The fault types that the recogniser stands up for, in the order of their events."""
        return tuple(dict.fromkeys(event.type for event in self.events))
