"""Fault trees after IEC 61025: gates over basic events, their probabilities and cut sets."""

from tingzhen.diagnosis.fault_trees.cut_sets import CutSet, CutSets, minimal_cut_sets
from tingzhen.diagnosis.fault_trees.diagram import (
    Diagram,
    TreeTooLarge,
    diagram_of,
    probability,
)
from tingzhen.diagnosis.fault_trees.gate import BasicEvent, Gate, GateKind
from tingzhen.diagnosis.fault_trees.priors import (
    connectives,
    leaf_probabilities,
    leaf_shares,
    priors_from_gates,
)
from tingzhen.diagnosis.fault_trees.structure import Connective, cycles, leaves_under, top_gates

__all__ = [
    "BasicEvent",
    "Connective",
    "CutSet",
    "CutSets",
    "Diagram",
    "Gate",
    "GateKind",
    "TreeTooLarge",
    "connectives",
    "cycles",
    "diagram_of",
    "leaf_probabilities",
    "leaf_shares",
    "leaves_under",
    "minimal_cut_sets",
    "priors_from_gates",
    "probability",
    "top_gates",
]
