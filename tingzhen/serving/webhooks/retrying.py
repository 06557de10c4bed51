"""When a delivery is tried again, and when it is put aside."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LONGEST_WAIT_S: Final = 3600.0
FEWEST_ATTEMPTS: Final = 5
"""However old a delivery is: a clock that jumps costs none."""


@dataclass(frozen=True, slots=True)
class Patience:
    """first_wait_s: after the first attempt; it doubles with each further one up to an hour.
    most_age_s: a delivery that is older is put aside. chance: 0..1, spreads the attempts."""

    first_wait_s: float
    most_age_s: float
    chance: Callable[[], float] = random.random

    def next_at(
        self, now: datetime, begun_at: datetime, attempts: int, asked_s: float | None = None
    ) -> datetime | None:
        """The moment of the next attempt; None where the delivery is to be put aside.

        attempts: so far, at least 1. asked_s: what the receiver asked for.
        """
        age_s = (now - begun_at).total_seconds()
        if age_s >= self.most_age_s and attempts >= FEWEST_ATTEMPTS:
            return None
        wait_s = min(self.first_wait_s * 2.0 ** min(attempts - 1, 30), LONGEST_WAIT_S)
        wait_s *= 0.5 + 0.5 * self.chance()
        if asked_s is not None:
            wait_s = max(wait_s, min(asked_s, LONGEST_WAIT_S))
        return now + timedelta(seconds=wait_s)
