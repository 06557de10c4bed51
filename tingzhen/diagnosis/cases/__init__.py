"""Cases: what vehicles had, from work orders and sessions; how often, and which are alike."""

from tingzhen.diagnosis.cases.record import (
    CASE_SOURCES,
    CaseColumns,
    CaseRecord,
    CaseSource,
    Category,
    case_columns,
)

__all__ = [
    "CASE_SOURCES",
    "CaseColumns",
    "CaseRecord",
    "CaseSource",
    "Category",
    "case_columns",
]
