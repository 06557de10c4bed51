"""From findings and circumstances to causes, the next test, and whether to drive on."""

from tingzhen.diagnosis.circumstances import (
    Circumstances,
    Vehicle,
    circumstances_schema,
    parse_circumstances,
)
from tingzhen.diagnosis.result import Cause, Diagnosis, Evidence, NextTest, Outcome, PlanStep

__all__ = [
    "Cause",
    "Circumstances",
    "Diagnosis",
    "Evidence",
    "NextTest",
    "Outcome",
    "PlanStep",
    "Vehicle",
    "circumstances_schema",
    "parse_circumstances",
]
