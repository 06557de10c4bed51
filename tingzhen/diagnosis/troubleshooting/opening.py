"""Open a session from what was found, and make a case of it when it has ended."""

from dataclasses import replace
from datetime import date

from tingzhen.audio.findings import NoiseFindings
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis._drive import doubts_a_tyre
from tingzhen.diagnosis.cases.record import CaseRecord
from tingzhen.diagnosis.circumstances import Circumstances
from tingzhen.diagnosis.result import Drive
from tingzhen.diagnosis.troubleshooting.bench import Bench, vehicle_problem
from tingzhen.diagnosis.troubleshooting.session import Session, ending, take
from tingzhen.diagnosis.troubleshooting.steps import Step
from tingzhen.diagnosis.weighing import Weighing
from tingzhen.language import Language, Text
from tingzhen.vision.findings import DamageFindings
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES


def open_session(
    bench: Bench,
    weighing: Weighing,
    damage: DamageFindings,
    *,
    drive: Drive,
    drive_reason: Text,
    steps: tuple[Step, ...] = (),
) -> Session:
    """A session about one vehicle, with the steps that were taken before.

    weighing, drive: of the same findings. Raises StepInvalid for steps that do not fit the base
    (any more).
    """
    may_drive = drive != "stop" and not doubts_a_tyre(damage)
    problem = vehicle_problem(bench, weighing, may_drive=may_drive)
    session = Session(bench, problem, drive, drive_reason, may_drive)
    for step in steps:
        session = take(session, step)
    return session


def case_of(
    session: Session,
    session_id: str,
    noise: NoiseFindings,
    damage: DamageFindings,
    circumstances: Circumstances,
    *,
    opened_on: date,
    language: Language = "en",
) -> CaseRecord:
    """The case that an ended session becomes. language: of the repair's text.

    minutes: of the tests and repairs that were done, as they took where somebody noted it, else as
    the base has them. cost_cny: these as labour, with material and parts. fixed_first_time: whether
    no repair was in vain. Raises ValueError where the session has not ended.
    """
    how = ending(session)
    if how is None:
        raise ValueError("a session that goes on is no case yet")
    bench, last, vehicle = session.bench, session.steps[-1], circumstances.vehicle
    minutes, cost_cny = spent(session)
    fault = last.fault if how == "confirmed" else None
    repair = None
    if fault is not None:
        repair = bench.knowledge.faults[bench.row_of[fault]].repair.steps.to(language)
    record = CaseRecord(
        id=session_id, opened_on=opened_on, source="session", make=vehicle.make,
        model=vehicle.model, year=vehicle.year, powertrain=vehicle.powertrain,
        mileage_km=vehicle.mileage_km, ambient_c=circumstances.ambient_c,
        humidity_pct=circumstances.humidity_pct, speed_kmh=circumstances.speed_kmh,
        when=circumstances.when, complaint=circumstances.complaint, codes=circumstances.codes,
        fault=fault, none_of_these=how == "none_of_these", repair=repair, minutes=minutes,
        cost_cny=cost_cny,
    )  # fmt: skip
    if how == "repaired_otherwise":
        record = replace(record, fault_text=last.text, repair=last.text)
    if how in ("confirmed", "repaired_otherwise"):
        in_vain = any(step.seen == "still_there" for step in session.steps)
        record = replace(record, fixed_first_time=not in_vain)
    if noise.verdict in ("abnormal", "normal"):
        heard = {score.type: score.probability for score in noise.types}
        record = replace(record, noises={t: heard[t] for t in FAULT_NOISES if t in heard})
    if damage.verdict in ("damaged", "undamaged"):
        seen = {score.type: score.probability for score in damage.types}
        record = replace(record, damages={d: seen[d] for d in VISIBLE_DAMAGES if d in seen})
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
