"""From findings and circumstances to causes, the next test, and whether to drive on."""

from tingzhen.diagnosis.circumstances import (
    Circumstances,
    Vehicle,
    circumstances_schema,
    parse_circumstances,
)
from tingzhen.diagnosis.diagnose import diagnose
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.knowledge_load import KNOWLEDGE_DIR, load_knowledge
from tingzhen.diagnosis.observation import Observation
from tingzhen.diagnosis.report_part import diagnosis_as_dict
from tingzhen.diagnosis.result import Cause, Diagnosis, Evidence, NextTest, Outcome, PlanStep
from tingzhen.diagnosis.weighing import Weighing, weigh

__all__ = [
    "KNOWLEDGE_DIR",
    "Cause",
    "Circumstances",
    "Diagnosis",
    "Evidence",
    "KnowledgeBase",
    "NextTest",
    "Observation",
    "Outcome",
    "PlanStep",
    "Vehicle",
    "Weighing",
    "circumstances_schema",
    "diagnose",
    "diagnosis_as_dict",
    "load_knowledge",
    "parse_circumstances",
    "weigh",
]
