"""SIMULATION: a workshop with known truth, to measure what a way of diagnosing is worth.

Nothing here is measured on vehicles. The world draws fault trees, vehicles, faults and answers; the
engine holds a knowledge base that differs from that world in stated ways.
"""

from tingzhen.diagnosis.simulated_workshop.assumptions import OTHER_WORLDS, USUAL, Assumptions
from tingzhen.diagnosis.simulated_workshop.engine_base import EngineBase, engine_base
from tingzhen.diagnosis.simulated_workshop.experiment import (
    ENGINE,
    FIXED_ORDER,
    FLEET,
    POLICIES,
    RATES,
    Played,
    SimulatedWorkshop,
    fleet_frequencies,
    open_workshop,
    play_vehicle,
)
from tingzhen.diagnosis.simulated_workshop.findings import Report, Reports
from tingzhen.diagnosis.simulated_workshop.orders import simulated_orders
from tingzhen.diagnosis.simulated_workshop.vehicles import Fleet, Vehicles
from tingzhen.diagnosis.simulated_workshop.visit import Visit
from tingzhen.diagnosis.simulated_workshop.world import World, draw_world

__all__ = [
    "ENGINE",
    "FIXED_ORDER",
    "FLEET",
    "OTHER_WORLDS",
    "POLICIES",
    "RATES",
    "USUAL",
    "Assumptions",
    "EngineBase",
    "Fleet",
    "Played",
    "Report",
    "Reports",
    "SimulatedWorkshop",
    "Vehicles",
    "Visit",
    "World",
    "draw_world",
    "engine_base",
    "fleet_frequencies",
    "open_workshop",
    "play_vehicle",
    "simulated_orders",
]
