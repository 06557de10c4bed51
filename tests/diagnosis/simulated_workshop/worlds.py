"""A small simulated world, drawn once for all tests."""

from functools import cache

from tests.diagnosis.examples import shipped
from tingzhen.diagnosis.simulated_workshop import (
    USUAL,
    Assumptions,
    EngineBase,
    World,
    draw_world,
    engine_base,
)

TREES = 60


@cache
def small_world(seed: int = 7, assumptions: Assumptions = USUAL) -> World:
    return draw_world(TREES, seed, assumptions)


@cache
def small_base(seed: int = 7, assumptions: Assumptions = USUAL) -> EngineBase:
    return engine_base(small_world(seed, assumptions), shipped().settings, shipped().word_meanings)
