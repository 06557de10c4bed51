"""What to do next: the cheapest way to the right repair, and the session that leads along it."""

from tingzhen.diagnosis.troubleshooting._tables import NumericTest
from tingzhen.diagnosis.troubleshooting.baselines import (
    fixed_order,
    fixed_order_of,
    most_probable_first,
    one_step,
    probability_over_cost,
)
from tingzhen.diagnosis.troubleshooting.engine import look_ahead
from tingzhen.diagnosis.troubleshooting.optimum import expected_cost, optimum
from tingzhen.diagnosis.troubleshooting.problem import (
    GIVE_UP,
    Action,
    NumericRepair,
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
    "expected_cost",
    "fixed_order",
    "fixed_order_of",
    "look_ahead",
    "most_probable_first",
    "one_step",
    "optimum",
    "probability_over_cost",
]
