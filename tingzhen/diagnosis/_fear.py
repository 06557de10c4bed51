"""How probable the dangerous has to be taken to be, for the drive advice: never the average."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis._posterior import mechanical_posterior
from tingzhen.diagnosis._posterior_bound import posterior_bound
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.weighing import Weighing

# A noise counts as heard for itself from a likelihood ratio of 2.
_CLEARLY_HEARD: Final = float(np.log(2.0))


@dataclass(frozen=True, slots=True, eq=False)
class Fear:
    """faults: (F,), 0..1, of each fault; at least this where it stays below the threshold.
    stops_together: of all mechanical faults whose advice is stop. something_wrong: of any
    mechanical fault. informed: whether anything bears on these."""

    faults: NDArray[np.float64]
    stops_together: float
    something_wrong: float
    informed: bool


def fear(knowledge: KnowledgeBase, weighing: Weighing) -> Fear:
    """What one weighing of the observations gives reason to fear, at the worse end of bounds."""
    mechanical = weighing.mechanical
    return Fear(
        _feared_faults(knowledge, weighing),
        mechanical.stops if mechanical.informed else 0.0,
        min(1.0 - mechanical.nothing + mechanical.error, 1.0) if mechanical.informed else 0.0,
        mechanical.informed,
    )


def worst(fears: Sequence[Fear]) -> Fear:
    """The highest of each: a doubt about the evidence must not make anything look safer."""
    return Fear(
        np.max([one.faults for one in fears], axis=0),
        max(one.stops_together for one in fears),
        max(one.something_wrong for one in fears),
        any(one.informed for one in fears),
    )


def _feared_faults(knowledge: KnowledgeBase, weighing: Weighing) -> NDArray[np.float64]:
    """(F,) the posterior of each fault, or its posterior if only one of the noises were there.

    Two noises at once share the blame among more faults; that must not make a dangerous one
    look harmless, so the higher of the two counts for the drive advice. Where the second provably
    neither exceeds the first nor reaches the threshold it decides nothing, and is not worked out:
    among thousands of faults that is nearly always so, and a posterior of them takes its time.
    """
    feared = np.zeros(len(knowledge.faults))
    for group in weighing.informed:
        feared[group.rows] = group.most
    heard = [
        o for o in weighing.observed
        if o.kind == "noise" and not o.absent and o.log_ratio.max() >= _CLEARLY_HEARD
    ]  # fmt: skip
    if len(heard) > 1:
        for only in heard:
            alone = [o for o in weighing.observed if o is only or not any(o is h for h in heard)]
            rows = knowledge.mechanical
            bound = posterior_bound(knowledge, alone, weighing.share)
            if (bound >= np.maximum(feared[rows], knowledge.settings.drive_threshold)).any():
                most = mechanical_posterior(knowledge, alone, weighing.share).most
                feared[rows] = np.maximum(feared[rows], most)
    return feared
