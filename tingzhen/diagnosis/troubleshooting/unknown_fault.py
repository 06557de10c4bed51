"""What tests say of a fault that is in no tree.

Nobody knows it, but it made somebody suspect these causes, so it is like them: it sits in the same
system and makes the same symptom. A test that many of them answer in the same way (a screening test
of the system) it answers so too; a test that only one of them answers speaks of that one, and of it
as of anything else. So it is taken to be like the suspects with the one in question left out: of K
suspects, S of which a test speaks of, (S - 1) / (K - 1) of it answers as these do on average, the
rest as everything else. Taken for a fault from anywhere, it would be ruled out by the first
screening test, and causes would be repaired in vain.
"""

from typing import Final

import numpy as np

from tingzhen.diagnosis.troubleshooting._tables import Floats
from tingzhen.diagnosis.troubleshooting.problem import Alike, Workshop

_SUSPECT: Final = 0.01


def alike_suspects(workshop: Workshop, probability: Floats, unknown: int) -> Alike | None:
    """What each test that speaks of two suspects or more shows under `unknown`, a hypothesis.

    probability: (H,), at first. Suspects are the hypotheses before `unknown` with 1 % or more. None
    where fewer than two are.
    """
    suspects = np.flatnonzero(probability[:unknown] >= _SUSPECT)
    if len(suspects) < 2:
        return None
    tables = workshop.tables
    entries = np.concatenate([
        tables.of_entry[tables.of_start[s] : tables.of_start[s + 1]] for s in suspects
    ])  # fmt: skip
    of = tables.test[entries]
    shown = {}
    for test in np.unique(of):
        about = entries[of == test]
        if len(about) < 2:
            continue
        numeric = workshop.tests[test]
        share = (len(about) - 1) / (len(suspects) - 1)
        as_these = numeric.given[about - tables.start[test]].mean(axis=0)
        shown[int(test)] = share * as_these + (1.0 - share) * numeric.otherwise
    return Alike(unknown, shown)
