"""SIMULATION: histories of cases with planted truths and traps, and how well they are found."""

from tingzhen.diagnosis.patterns.planted.history import SIMULATED_NOTE, History, simulate_history
from tingzhen.diagnosis.patterns.planted.score import Score, Truth, score
from tingzhen.diagnosis.patterns.planted.truths import KNOWN_LIFT, MOTOR_NOISE, Planted, Trap

__all__ = [
    "KNOWN_LIFT",
    "MOTOR_NOISE",
    "SIMULATED_NOTE",
    "History",
    "Planted",
    "Score",
    "Trap",
    "Truth",
    "score",
    "simulate_history",
]
