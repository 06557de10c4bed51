"""Cases: what vehicles had, from work orders and sessions; how often, and which are alike."""

from tingzhen.diagnosis.cases.record import (
    CASE_SOURCES,
    SIMULATION,
    CaseColumns,
    CaseRecord,
    CaseSource,
    Category,
    case_columns,
)
from tingzhen.diagnosis.cases.store import CaseStore, open_cases

__all__ = [
    "CASE_SOURCES",
    "SIMULATION",
    "CaseColumns",
    "CaseRecord",
    "CaseSource",
    "CaseStore",
    "Category",
    "case_columns",
    "open_cases",
]
