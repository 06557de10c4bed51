"""Cases for engineers, and for technicians of other workshops: nothing tells whose they are."""

from datetime import date
from typing import Any

import pytest

from tests.diagnosis.examples import shipped
from tingzhen.diagnosis.cases import CaseRecord
from tingzhen.serving.access import Access, Caller
from tingzhen.serving.cases.deidentified import MASKED, case_for, similar_for
from tingzhen.serving.cases.view import case_as_dict

CASE = CaseRecord(
    id="wo-1", opened_on=date(2026, 11, 3), source="work_order", make="Chery", model="A5",
    year=2020, mileage_km=48_213, region="湖州", complaint="张先生 13812345678 说早上异响",
    fault_text="王师傅说是风道", repair="电话 13812345678 确认后更换", vehicle_key="f" * 64,
    workshop="W1", number="GD-20261103-7",
)  # fmt: skip
ENGINEER = Access(Caller("e1", "engineer"), "cases.read", "deidentified")
ELSEWHERE = Access(Caller("t2", "technician", "w2"), "cases.read", "deidentified")
OWN = Access(Caller("t1", "technician", "w1"), "cases.read", "deidentified")
ADMIN = Access(Caller("a1", "admin"), "cases.read", "all")


def shown(access: Access, case: CaseRecord = CASE) -> dict[str, Any]:
    return case_for(access, case_as_dict(case, shipped(), "en"), shipped())


@pytest.mark.parametrize("access", [ENGINEER, ELSEWHERE])
def test_nothing_tells_whose_it_is(access: Access) -> None:
    case = shown(access)
    text = str(case)
    for secret in ("W1", "GD-", "湖州", "张", "138", "王", "2026-11-03", "48213", "ffff"):
        assert secret not in text, secret
    assert (case["complaint"], case["fault_name"], case["repair"]) == (MASKED,) * 3
    assert (case["opened_on"], case["vehicle"]["mileage_km"]) == ("2026-11", 50_000)
    assert (case["vehicle"]["make"], case["vehicle"]["year"]) == ("Chery", 2020)
    assert set(case) == set(shown(ADMIN))


@pytest.mark.parametrize("access", [OWN, ADMIN])
def test_the_own_workshop_and_admins_see_all(access: Access) -> None:
    assert shown(access) == case_as_dict(CASE, shipped(), "en")


def test_what_the_base_itself_says_stays() -> None:
    fault = shipped().faults[0]
    case = CaseRecord(
        id="c1", opened_on=date(2026, 1, 2), source="session", fault=fault.id,
        repair=fault.repair.steps.en,
    )  # fmt: skip
    seen = shown(ENGINEER, case)
    assert (seen["repair"], seen["fault_name"]) == (fault.repair.steps.en, fault.name.en)
    assert (seen["complaint"], seen["vehicle"]["mileage_km"]) == (None, None)


def test_words_of_others_cannot_be_asked_out_one_by_one() -> None:
    reasons = [
        {"kind": "words", "text": 'both say "13812345678"', "likeness": 0.4},
        {"kind": "code", "text": "same trouble code P0301", "likeness": 1.0},
    ]
    one = {"likeness": 0.5, "reasons": reasons, "case": case_as_dict(CASE, shipped(), "en")}
    answer = {"schema": "tingzhen.similar/1", "cases": [one]}
    masked = similar_for(ENGINEER, answer, shipped(), "en")["cases"][0]["reasons"]
    assert [reason["text"] for reason in masked] == [
        "the complaints share words", "same trouble code P0301"
    ]  # fmt: skip
    assert similar_for(ADMIN, answer, shipped(), "en") == answer
