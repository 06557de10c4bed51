"""Patterns nobody noticed: conditions under which a fault is unusually likely."""

from tingzhen.diagnosis.patterns.attributes import Attributes, attributes_of
from tingzhen.diagnosis.patterns.condition import Condition, Part, condition_text
from tingzhen.diagnosis.patterns.exposure import Exposure, read_exposure
from tingzhen.diagnosis.patterns.find import find_patterns
from tingzhen.diagnosis.patterns.plot import Bar, Shares, pattern_plot, shares_along
from tingzhen.diagnosis.patterns.result import Pattern, Patterns, Population
from tingzhen.diagnosis.patterns.risk_ratio import Lift
from tingzhen.diagnosis.patterns.sentence import pattern_sentence
from tingzhen.diagnosis.patterns.split import ClosedCases, closed_cases
from tingzhen.diagnosis.patterns.vehicles import (
    VehicleConcerned,
    vehicles_concerned,
    vehicles_csv,
)

__all__ = [
    "Attributes",
    "Bar",
    "ClosedCases",
    "Condition",
    "Exposure",
    "Lift",
    "Part",
    "Pattern",
    "Patterns",
    "Population",
    "Shares",
    "VehicleConcerned",
    "attributes_of",
    "closed_cases",
    "condition_text",
    "find_patterns",
    "pattern_plot",
    "pattern_sentence",
    "read_exposure",
    "shares_along",
    "vehicles_concerned",
    "vehicles_csv",
]
