"""What a workshop's time and mistakes cost, and how far its answers are to be believed."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Choices of the workshop; docs/guide.md gives the reason for each default.

    labour_cny_per_min: 240 CNY an hour. observe_min: to see after a repair whether the fault is
    gone. parts_cny_if_unknown: parts of a repair whose price the base does not give (0 without
    parts). wrong_repair_cny: beside the repair itself, for one that did not help. first_time_cny:
    what it is worth, beyond all costs, to fix a vehicle the first time; for choosing only, nobody
    pays it. hand_over_min: of a specialist, until the right cause is found.
    wrong_answer: 0..0.5, share of answers that are not what the base says the test shows: misread,
    noted wrong, or the base is off. danger_min: minutes that ruling out a dangerous cause first may
    cost.
    """

    labour_cny_per_min: float = 4.0
    observe_min: float = 12.0
    parts_cny_if_unknown: float = 300.0
    wrong_repair_cny: float = 250.0
    first_time_cny: float = 20_000.0
    hand_over_min: float = 960.0
    wrong_answer: float = 0.08
    danger_min: float = 10.0


PRICES: Final = Prices()
