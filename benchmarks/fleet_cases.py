"""SIMULATION: a fleet of three years for the pages of the office, seeded; no recording of anything.

Faults are those of the shipped base. Planted: one fault is six times as likely in the cold and
damp, one grows from month to month, one belongs to a model, and one repair holds worse than others.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import numpy as np

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.cases import SIMULATION, CaseRecord
from tingzhen.diagnosis.patterns.planted.simulated_cases import draw_cases

FAULTS: Final = 8
WORKSHOPS: Final = 12
COLD, GROWS, OF_MODEL, COMES_BACK = range(4)
_BACK: Final = 0.06
_BACK_OFTEN: Final = 0.35


def simulated_fleet(knowledge: KnowledgeBase, count: int, seed: int) -> Iterator[CaseRecord]:
    """`count` first visits and what comes back after them; the same for the same seed and base."""
    rng = np.random.default_rng(seed)
    drawn = draw_cases(rng, count)
    faults = [fault for fault in knowledge.faults if fault.damage is None][:FAULTS]
    day = (drawn.opened_on - drawn.opened_on.min()).astype(int)
    weight = np.ones((count, FAULTS))
    cold = (drawn.ambient_c < 5) & (drawn.humidity_pct >= 80)
    weight[cold, COLD] = 6.0
    weight[:, GROWS] = 0.4 + 1.8 * day / max(1, day.max())
    weight[drawn.model.codes == 1, OF_MODEL] = 3.0
    chosen = (weight.cumsum(axis=1) > rng.random((count, 1)) * weight.sum(axis=1)[:, None]).argmax(
        axis=1
    )
    words: dict[str, list[str | None]] = {
        name: getattr(drawn, name).words() for name in ("make", "model", "powertrain", "region")
    }
    last = drawn.opened_on.max()
    for row in range(count):
        fault = faults[chosen[row]]
        common: dict[str, Any] = {
            **{name: values[row] for name, values in words.items()},
            "source": SIMULATION, "year": _known(drawn.year[row], int),
            "vehicle_key": f"SIM-{row:06d}", "workshop": f"SIM-{rng.integers(WORKSHOPS):02d}",
            "fault": fault.id, "repair": fault.repair.steps.zh,
        }  # fmt: skip
        km = _known(drawn.mileage_km[row], float)
        yield CaseRecord(
            id=f"SIM-{row:06d}-1", opened_on=drawn.opened_on[row].item(), mileage_km=km,
            ambient_c=_known(drawn.ambient_c[row], float),
            humidity_pct=_known(drawn.humidity_pct[row], float), complaint=f"SIM {row}", **common
        )  # fmt: skip
        after = int(rng.gamma(2.0, 60.0)) + 9
        back = drawn.opened_on[row] + after
        if rng.random() < (_BACK_OFTEN if chosen[row] == COMES_BACK else _BACK) and back <= last:
            yield CaseRecord(
                id=f"SIM-{row:06d}-2", opened_on=drawn.opened_on[row].item() + timedelta(after),
                mileage_km=None if km is None else km + 40.0 * after, complaint=f"SIM {row} again",
                **common
            )  # fmt: skip


def _known(value: float, kind: type) -> Any:
    return None if np.isnan(value) else kind(value)
