"""What to do next: the cheapest way to the right repair, and the session that leads along it."""

from tingzhen.diagnosis.troubleshooting.problem import (
    GIVE_UP,
    Action,
    NumericRepair,
    NumericTest,
    Policy,
    Problem,
    State,
    Workshop,
    belief,
)

__all__ = [
    "GIVE_UP",
    "Action",
    "NumericRepair",
    "NumericTest",
    "Policy",
    "Problem",
    "State",
    "Workshop",
    "belief",
]
