"""Every number of the base answers where it comes from."""

from pathlib import Path

import pytest

from tests.diagnosis.examples import shipped
from tests.diagnosis.small_base import write_small_base
from tingzhen.diagnosis import load_knowledge
from tingzhen.diagnosis.sources import source_of


@pytest.mark.parametrize(
    ("entry", "field", "source"),
    [
        ("pump_worn", "prior", "expert prior"),
        ("pump_worn", "codes.P0217", "SAE J2012"),
        ("pump_worn", "codes", "SAE J2012"),
        ("pump_worn", "repair.cost_cny", "price list 2024"),
        ("pump_worn", "repair.labour_min", "expert prior"),
        ("look_at_pump", "minutes", "flat-rate manual"),
        ("look_at_pump", "outcomes.play", "expert prior: one in twenty"),
        ("look_at_pump", "outcomes.none", "expert prior"),
        ("overheats", "prior", "workshop count"),
    ],
)
def test_the_nearest_statement_counts(tmp_path: Path, entry: str, field: str, source: str) -> None:
    knowledge = load_knowledge(write_small_base(tmp_path))
    entries = {e.id: e for e in (*knowledge.faults, *knowledge.tests, *knowledge.gates)}
    assert source_of(entries[entry], field) == source


def test_every_number_of_the_shipped_base_has_a_source() -> None:
    for fault in shipped().faults:
        fields = ["prior", "repair.labour_min", "repair.cost_cny", "words"]
        fields += [f"noises.{noise}" for noise in fault.noises]
        fields += [f"when.{when}" for when in fault.when]
        fields += [f"ranges.{bounds.measure}" for bounds in fault.ranges]
        fields += [f"codes.{code.match}" for code in fault.codes]
        fields += [f"tests.{t}.{o}" for t, outcomes in fault.tests.items() for o in outcomes]
        assert all(len(source_of(fault, field)) >= 4 for field in fields)
    for test in shipped().tests:
        fields = ["minutes", "cost_cny", *(f"outcomes.{o.id}" for o in test.outcomes)]
        assert all(len(source_of(test, field)) >= 4 for field in fields)
