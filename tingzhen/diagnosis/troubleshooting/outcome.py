"""What came of a session: what it took, and the case that it becomes."""

from dataclasses import replace
from datetime import date

from tingzhen.diagnosis.cases.record import CaseRecord
from tingzhen.diagnosis.troubleshooting.session import Session, ending
from tingzhen.language import Language


def case_of(
    session: Session, session_id: str, *, opened_on: date, language: Language = "en"
) -> CaseRecord:
    """The case that an ended session becomes. language: of the repair's text.

    minutes: of the tests and repairs that were done, as they took where somebody noted it, else as
    the base has them. cost_cny: these as labour, with material and parts. fixed_first_time: whether
    no repair was in vain. Raises ValueError where the session has not ended.
    """
    how = ending(session)
    if how is None:
        raise ValueError("a session that goes on is no case yet")
    bench, subject, last = session.bench, session.subject, session.steps[-1]
    circumstances, vehicle = subject.circumstances, subject.circumstances.vehicle
    minutes, cost_cny = spent(session)
    record = CaseRecord(
        id=session_id, opened_on=opened_on, source="session", make=vehicle.make,
        model=vehicle.model, year=vehicle.year, powertrain=vehicle.powertrain,
        mileage_km=vehicle.mileage_km, ambient_c=circumstances.ambient_c,
        humidity_pct=circumstances.humidity_pct, speed_kmh=circumstances.speed_kmh,
        when=circumstances.when, complaint=circumstances.complaint, codes=circumstances.codes,
        noises=dict(subject.noises), damages=dict(subject.damages),
        none_of_these=how == "none_of_these", minutes=minutes, cost_cny=cost_cny,
    )  # fmt: skip
    in_vain = any(step.seen == "still_there" for step in session.steps)
    if how == "confirmed":
        fault = bench.knowledge.faults[bench.row_of[last.fault or ""]]
        return replace(record, fault=fault.id, repair=fault.repair.steps.to(language),
                       fixed_first_time=not in_vain)  # fmt: skip
    if how == "repaired_otherwise":
        return replace(record, fault_text=last.text, repair=last.text,
                       fixed_first_time=not in_vain)  # fmt: skip
    return record


def spent(session: Session) -> tuple[float, float]:
    """Minutes and CNY of what has been done so far."""
    bench, minutes, cny = session.bench, 0.0, 0.0
    rate = bench.prices.labour_cny_per_min
    for step in session.steps:
        stated = money = 0.0
        if step.kind in ("answer", "unclear"):
            number = bench.test_of[step.test or ""]
            stated, money = bench.test_minutes(number), bench.test_cny(number)
        elif step.kind == "repair":
            row = bench.row_of[step.fault or ""]
            stated, money = bench.repair_minutes(row), bench.repair_cny(row)
        took = stated if step.minutes is None else step.minutes
        minutes += took
        cny += money + (took - stated) * rate
    return minutes, cny
