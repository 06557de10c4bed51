"""One thing that was observed, and what it says of every fault."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.result import Box, EvidenceKind
from tingzhen.language import Text


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One thing observed.

    kind: where it comes from; "experience" is what `diagnose` takes as `learned`.
    text: what was observed, for people.
    log_ratio: float64 (F,), finite, in the order of `KnowledgeBase.faults`: natural log of
    P(observed | fault) / P(observed | nothing wrong).
    log_ratio_other: the same for "a fault that is not in this base".
    start_s, end_s: of the noise event it comes from. time_s, box: of the damage finding.
    absent: it was looked for and not perceived; a pair of faults then fits as badly as the worse
    of the two, otherwise as well as the better.
    """

    kind: EvidenceKind
    text: Text
    log_ratio: NDArray[np.float64]
    log_ratio_other: float = 0.0
    start_s: float | None = None
    end_s: float | None = None
    time_s: float | None = None
    box: Box | None = None
    absent: bool = False
