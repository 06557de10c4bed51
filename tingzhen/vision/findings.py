"""What the damage recogniser says of the frames of a clip."""

from dataclasses import dataclass
from typing import Literal

from tingzhen.language import Text
from tingzhen.vision.vocabulary import DamageType

DamageVerdict = Literal["damaged", "undamaged", "cannot_tell", "no_video"]


@dataclass(frozen=True, slots=True)
class DamageScore:
    """Calibrated probability, 0..1, that the clip shows the type; several may hold at once."""

    type: DamageType
    probability: float


@dataclass(frozen=True, slots=True)
class DamageFinding:
    """One damage in one place: box is x, y, width, height from 0 to 1 in the upright picture."""

    type: DamageType
    probability: float
    time_s: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class DamageFindings:
    """types: all of the vocabulary, most probable first. reasons: why it cannot tell, if so."""

    verdict: DamageVerdict
    types: tuple[DamageScore, ...]
    findings: tuple[DamageFinding, ...] = ()
    reasons: tuple[Text, ...] = ()
