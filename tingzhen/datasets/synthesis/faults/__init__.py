"""Sounds of faults, each locked to the crank, cam, wheel, belt, shaft or road it comes from.

`MECHANISMS[name].make(motion, random)` gives a `FaultSound` along a motion, to be laid over a
synthetic car or a real recording. docs/synthesis.md says what each is made of, and after whom.
"""

from tingzhen.datasets.synthesis.faults.clunk import CLUNKS
from tingzhen.datasets.synthesis.faults.exhaust_blow import EXHAUST_BLOWS
from tingzhen.datasets.synthesis.faults.grind import GRINDS
from tingzhen.datasets.synthesis.faults.hiss import HISSES
from tingzhen.datasets.synthesis.faults.knock import KNOCKS
from tingzhen.datasets.synthesis.faults.mechanism import FaultSound, Mechanism
from tingzhen.datasets.synthesis.faults.misfire import MISFIRES, cylinder_gain
from tingzhen.datasets.synthesis.faults.rattle import RATTLES
from tingzhen.datasets.synthesis.faults.rumble import RUMBLES
from tingzhen.datasets.synthesis.faults.squeal import SQUEALS
from tingzhen.datasets.synthesis.faults.start_failure import START_FAILURES
from tingzhen.datasets.synthesis.faults.tick import TICKS
from tingzhen.datasets.synthesis.faults.whine import WHINES

__all__ = ["MECHANISMS", "FaultSound", "Mechanism", "cylinder_gain"]

MECHANISMS: dict[str, Mechanism] = {
    mechanism.name: mechanism
    for mechanism in (
        *KNOCKS, *TICKS, *SQUEALS, *GRINDS, *WHINES, *RUMBLES, *CLUNKS, *RATTLES, *HISSES,
        *EXHAUST_BLOWS, *MISFIRES, *START_FAILURES,
    )
}  # fmt: skip
