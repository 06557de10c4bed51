"""What comes back after a repair, against a computation repair by repair."""

import math
from datetime import date, timedelta

import pytest

from tests.diagnosis.fleet.fleets import FIRST, SYSTEMS, a_case, columns, drawn_cases
from tingzhen.diagnosis.cases import CaseRecord
from tingzhen.diagnosis.fleet import GROUPINGS, Selection, recurrence

CASES = list(drawn_cases(240, seed=8))


def followed_by_hand(
    cases: list[CaseRecord], *, system: bool, within_km: float | None
) -> dict[tuple[str, str, date], tuple[int, bool]]:
    """Days and whether it came back, by vehicle, fault and day: one repair after the other."""
    last = max(case.opened_on for case in cases)
    found = {}
    for case in cases:
        if case.fault is None or case.vehicle_key is None:
            continue
        same = [
            other
            for other in cases
            if other.vehicle_key == case.vehicle_key
            and other.fault is not None
            and (SYSTEMS[other.fault] == SYSTEMS[case.fault] if system
                 else other.fault == case.fault)
            and other.opened_on > case.opened_on
        ]  # fmt: skip
        end, back = last, False
        if same:
            after = min(same, key=lambda other: other.opened_on)
            known = after.mileage_km is not None and case.mileage_km is not None
            far = (
                within_km is not None and known and after.mileage_km - case.mileage_km > within_km  # type: ignore[operator]
            )
            end, back = (last, False) if far else (after.opened_on, True)
        found[case.vehicle_key, case.fault, case.opened_on] = (end - case.opened_on).days, back
    return found


def survival_by_hand(followed: list[tuple[int, bool]], within: int) -> float:
    """The product over days, one after the other."""
    left = 1.0
    for day in range(within + 1):
        at_risk = sum(days >= day for days, _ in followed)
        events = sum(days == day and back for days, back in followed)
        if events:
            left *= 1 - events / at_risk
    return 1 - left


@pytest.mark.parametrize(("same", "within_km"), [("fault", None), ("system", None),
                                                 ("fault", 4000.0)])  # fmt: skip
def test_the_same_as_by_hand(same: str, within_km: float | None) -> None:
    by_hand = followed_by_hand(CASES, system=same == "system", within_km=within_km)
    found = recurrence(
        columns(CASES), Selection(), SYSTEMS, by="repair", same=same,  # type: ignore[arg-type]
        within_days=180, within_km=within_km,
    )  # fmt: skip
    followed = list(by_hand.values())
    assert found.overall.repairs == len(followed)
    assert found.overall.vehicles == len({vehicle for vehicle, _, _ in by_hand})
    assert found.overall.returns == sum(back and days <= 180 for days, back in followed)
    assert found.overall.watched == sum((back and d <= 180) or d >= 180 for d, back in followed)
    assert found.overall.share == pytest.approx(survival_by_hand(followed, 180))
    assert found.overall.low < found.overall.share < found.overall.high
    for point in found.curve[::40]:
        assert point.share == pytest.approx(survival_by_hand(followed, point.day))
        assert point.at_risk == sum(days >= point.day for days, _ in followed)
    unknown = sum(1 for c in CASES if c.fault is not None and c.vehicle_key is None)
    assert found.without_vehicle == unknown
    assert sum(group.repairs for group in found.groups) == len(followed)


def test_a_selection_is_of_repairs_and_not_of_what_follows() -> None:
    repaired = a_case(1, vehicle_key="v", fault="a", region="north")
    back = a_case(2, vehicle_key="v", fault="a", region="south", complaint="again",
                  opened_on=FIRST + timedelta(days=20), mileage_km=9000.0)  # fmt: skip
    end = a_case(3, opened_on=FIRST + timedelta(days=400))
    of_north = recurrence(
        columns([repaired, back, end]), Selection(region="north"), SYSTEMS, by="model"
    )
    assert (of_north.overall.repairs, of_north.overall.returns) == (1, 1)
    of_fault = recurrence(
        columns([repaired, back, end]), Selection(), SYSTEMS, by="model", faults=frozenset({"b"})
    )
    assert of_fault.overall.repairs == 0


def test_nobody_was_followed_so_long() -> None:
    cases = [a_case(n, vehicle_key=f"v{n}", fault="a", complaint=f"{n}") for n in range(9)]
    cases.append(a_case(99, opened_on=FIRST + timedelta(days=30)))
    found = recurrence(columns(cases), Selection(), SYSTEMS, by="fault", within_days=365)
    assert math.isnan(found.overall.share)
    assert (found.overall.watched, found.curve[-1].day) == (0, 30)
    assert found.curve[-1].high > 0.2  # of nine


@pytest.mark.parametrize("by", GROUPINGS)
def test_small_groups_are_put_together(by: str) -> None:
    cases = [
        a_case(n, vehicle_key=f"v{n}", fault="a", complaint=f"{n}",
               **({} if by == "fault" else {by: "many" if n < 6 else f"few {n}"}))
        for n in range(9)
    ]  # fmt: skip
    groups = recurrence(columns(cases), Selection(), SYSTEMS, by=by).groups  # type: ignore[arg-type]
    if by != "fault":
        assert [(g.name, g.repairs, g.small) for g in groups] == [
            ("many", 6, False), (None, 3, True)
        ]  # fmt: skip
    else:
        assert [(g.name, g.repairs) for g in groups] == [("a", 9)]


def test_real_and_simulated_cases_never_meet() -> None:
    cases = [
        a_case(n, vehicle_key="v", fault="a", complaint=f"{n}", mileage_km=1e3 * n,
               opened_on=FIRST + timedelta(days=40 * n),
               source="simulation" if n % 2 else "work_order")
        for n in range(6)
    ]  # fmt: skip
    for simulated in (False, True):
        found = recurrence(
            columns(cases), Selection(simulated=simulated), SYSTEMS, by="fault", within_days=79
        )
        assert (found.overall.repairs, found.overall.returns) == (3, 0)


def test_no_cases_are_no_error() -> None:
    found = recurrence(columns([]), Selection(), SYSTEMS, by="repair")
    assert (found.overall.repairs, found.curve, found.groups, found.followed_to) == (
        0, (), (), None
    )  # fmt: skip
