"""The next test: information against a plain computation, order, plan."""

import math

import numpy as np
import pytest

from tests.diagnosis.examples import HEARD_NOTHING, SEEN_NOTHING, heard, seen
from tingzhen.diagnosis import KnowledgeBase, diagnose, parse_circumstances
from tingzhen.diagnosis._next_test import information_bits
from tingzhen.diagnosis._observations import observe
from tingzhen.diagnosis._posterior import GroupPosterior, fault_priors, group_posteriors

NOTHING = parse_circumstances({})


def test_information_is_that_of_a_plain_sum(knowledge: KnowledgeBase) -> None:
    """sum over h and o of P(h, o) log2 P(o | h) / P(o), in plain floats."""
    observed = observe(knowledge, heard(squeal=0.8, whine=0.4), SEEN_NOTHING, NOTHING)
    group = group_posteriors(knowledge, observed, fault_priors(knowledge, None))[0]
    for test, bits in zip(knowledge.tests, information_bits(knowledge, group), strict=True):
        given: list[tuple[float, dict[str, float]]] = []
        otherwise = {o.id: o.otherwise for o in test.outcomes}
        for row, p in zip(group.rows, group.share, strict=True):
            stated = knowledge.faults[row].tests.get(test.id, {})
            rest = sum(v for k, v in otherwise.items() if k not in stated)
            left = 1.0 - sum(stated.values())
            full = {k: stated.get(k, left * v / rest if rest else 0.0)
                    for k, v in otherwise.items()}  # fmt: skip
            given.append((float(p), full))
        given += [(group.nothing, otherwise), (group.other, otherwise)]
        total = 0.0
        for outcome in otherwise:
            expected = sum(p * g[outcome] for p, g in given)
            for p, g in given:
                if p > 0 and g[outcome] > 0:
                    total += p * g[outcome] * math.log2(g[outcome] / expected)
        assert bits == pytest.approx(total, abs=1e-9)


def test_a_test_of_what_is_already_certain_tells_nothing(knowledge: KnowledgeBase) -> None:
    rows = knowledge.visible["glass_shatter"]
    certain = np.array([1.0, 0.0])
    group = GroupPosterior(
        damage="glass_shatter", rows=rows, prior=certain, posterior=certain, share=certain,
        nothing_prior=0.0, nothing=0.0, other=0.0, informed=True,
    )  # fmt: skip
    number = knowledge.tables.test_of["glass_place"]
    assert information_bits(knowledge, group)[number] == pytest.approx(0.0, abs=1e-12)


def test_outcomes_say_what_they_point_to(knowledge: KnowledgeBase) -> None:
    context = parse_circumstances({"when": ["cold_start"], "vehicle": {"powertrain": "petrol"}})
    test = diagnose(knowledge, heard(squeal=0.8), SEEN_NOTHING, context).next_test
    assert test is not None
    assert test.id == "mist_on_belt"
    assert sum(outcome.probability for outcome in test.outcomes) == pytest.approx(1.0)
    by_outcome = {outcome.outcome: outcome for outcome in test.outcomes}
    assert by_outcome["louder"].points_to[0] == "accessory_belt_worn"
    assert "accessory_belt_worn" not in by_outcome["no_change"].points_to
    assert test.risk == "medium"
    assert test.risk_note is not None


def test_the_plan_is_safety_then_tests_then_repairs(knowledge: KnowledgeBase) -> None:
    diagnosis = diagnose(knowledge, heard(rumble=0.85), SEEN_NOTHING, NOTHING)
    kinds = [step.kind for step in diagnosis.plan]
    order = ["safety", "test", "repair"]
    assert kinds == sorted(kinds, key=order.index)
    assert kinds.count("repair") >= 1
    assert diagnosis.next_test is not None
    assert diagnosis.next_test.id not in [step.id for step in diagnosis.plan]
    repairs = [step for step in diagnosis.plan if step.kind == "repair"]
    assert [step.fault for step in repairs] == [c.fault for c in diagnosis.causes[: len(repairs)]]
    assert repairs[0].parts
    assert repairs[0].minutes


def test_a_test_is_about_a_cause_that_is_shown(knowledge: KnowledgeBase) -> None:
    diagnosis = diagnose(knowledge, HEARD_NOTHING, seen(scratch=0.9), NOTHING)
    shown = {cause.fault for cause in diagnosis.causes}
    about = {
        name for fault in knowledge.faults if fault.id in shown for name in fault.tests
    }  # fmt: skip
    proposed = {step.id for step in diagnosis.plan if step.kind == "test"}
    assert diagnosis.next_test is not None
    assert proposed | {diagnosis.next_test.id} <= about


def test_a_dangerous_cause_is_tested_before_a_scratch(knowledge: KnowledgeBase) -> None:
    diagnosis = diagnose(knowledge, heard(knock=0.9), seen(scratch=0.6), NOTHING)
    assert diagnosis.next_test is not None
    assert diagnosis.next_test.id == "oil_level"
