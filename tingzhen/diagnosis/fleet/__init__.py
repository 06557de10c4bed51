"""Figures of the fleet: how often faults come up, and how often they come back after a repair."""

from tingzhen.diagnosis.fleet.cases import FleetCases, Selection, read_fleet_cases, selected
from tingzhen.diagnosis.fleet.fault_rates import DIMENSIONS, Dimension, FaultRates, fault_rates
from tingzhen.diagnosis.fleet.kaplan_meier import Curve, kaplan_meier
from tingzhen.diagnosis.fleet.recurrence import GROUPINGS, Grouping, Recurrence, recurrence

__all__ = [
    "DIMENSIONS",
    "GROUPINGS",
    "Curve",
    "Dimension",
    "FaultRates",
    "FleetCases",
    "Grouping",
    "Recurrence",
    "Selection",
    "fault_rates",
    "kaplan_meier",
    "read_fleet_cases",
    "recurrence",
    "selected",
]
