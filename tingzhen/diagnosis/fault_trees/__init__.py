"""Fault trees after IEC 61025: gates over basic events, their probabilities and cut sets."""

from tingzhen.diagnosis.fault_trees.gate import BasicEvent, Gate, GateKind

__all__ = ["BasicEvent", "Gate", "GateKind"]
