"""What the damage recogniser says of the frames of a clip."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

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
    """One damage in one place, joined over the frames that show it.

    box: x, y, width, height from 0 to 1 in the upright picture of its best frame, at time_s.
    frames: how many of the frames that were looked at show it. start_s, end_s: of the first and the
    last of them; None for time_s alone. heat: float32 (rows, columns), 0..1, how much each part of
    the best frame speaks for the type; None where nothing tells.
    """

    type: DamageType
    probability: float
    time_s: float
    box: tuple[float, float, float, float]
    frames: int = 1
    start_s: float | None = None
    end_s: float | None = None
    heat: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)

    @property
    def span_s(self) -> tuple[float, float]:
        """Seconds of the first and of the last frame that show it."""
        start = self.time_s if self.start_s is None else self.start_s
        return start, self.time_s if self.end_s is None else self.end_s


@dataclass(frozen=True, slots=True)
class DamageFindings:
    """types: all of the vocabulary, most probable first. reasons: why it cannot tell, if so.

    doubtful: types that may be there and are not claimed, most probable first. A damage that is
    dangerous to drive with must not be lost because it is in doubt.
    """

    verdict: DamageVerdict
    types: tuple[DamageScore, ...]
    findings: tuple[DamageFinding, ...] = ()
    reasons: tuple[Text, ...] = ()
    doubtful: tuple[DamageType, ...] = ()

    @property
    def claimed(self) -> tuple[DamageType, ...]:
        """The types that the recogniser stands up for, in the order of their findings."""
        return tuple(dict.fromkeys(finding.type for finding in self.findings))
