"""What a technician found in a vehicle that a clip is of: it becomes a case, and teaches."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import Circumstances, KnowledgeBase
from tingzhen.diagnosis.cases import CaseRecord
from tingzhen.errors import ClipUnknown, ConfirmationInvalid
from tingzhen.language import Text
from tingzhen.serving.access.caller import Caller
from tingzhen.serving.case_of_clip import case_id_of
from tingzhen.serving.guide.sessions import GuidedSessions
from tingzhen.serving.records import (
    ClipRecord,
    append_event,
    clip,
    lock_clip,
    reading,
    writing,
)
from tingzhen.serving.report.findings import Findings, findings_of, report_of
from tingzhen.serving.service import Service
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

NO_FAULT_FOUND: Final = "no_fault_found"
"""What a clip's fault is called where a guided session ended without one."""
_Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class Confirmation(BaseModel):
    """Exactly one of fault, fault_text and none_of_these."""

    model_config = ConfigDict(extra="forbid")
    fault: Annotated[str, Field(max_length=80)] | None = Field(
        None, description="Id of the fault in the knowledge base.", examples=["brake_pads_worn"]
    )
    fault_text: _Words | None = Field(
        None, description="The fault in words, where the base has none for it."
    )
    none_of_these: bool = Field(
        False, description="It was looked for, and it was no fault of the base."
    )
    repair: _Words | None = Field(None, description="What was done.", examples=["new pads"])
    minutes: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = Field(
        None, description="Of labour, diagnosis included."
    )
    cost_cny: Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)] | None = Field(
        None, description="Of labour and parts."
    )
    fixed_first_time: bool | None = Field(
        None, description="The vehicle did not come back with the same complaint."
    )
    note: _Words | None = Field(None, description="Kept with the clip, not with the case.")

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if (self.fault is not None) + (self.fault_text is not None) + self.none_of_these != 1:
            raise ValueError("give one of fault, fault_text and none_of_these")
        return self


def confirm(
    service: Service,
    knowledge: KnowledgeBase,
    sessions: GuidedSessions,
    record: ClipRecord,
    *,
    confirmed: Confirmation,
    caller: Caller,
) -> CaseRecord:
    """Keep the case, let the rules of experience learn from it, and tell who listens. Confirmed
    again with other words, the newer ones count.

    record: with its report. Raises ConfirmationInvalid for a fault that the base does not know,
    CasesUnavailable, ClipUnknown, RecordsUnavailable.
    """
    if confirmed.fault is not None and confirmed.fault not in {f.id for f in knowledge.faults}:
        raise ConfirmationInvalid(
            Text(f"知识库中没有故障 {confirmed.fault}。请填写报告中的编号，或用 fault_text 描述。",
                 f"The knowledge base has no fault {confirmed.fault}. Give an id of the report, or "
                 "say it in words in `fault_text`.")
        )  # fmt: skip
    findings = findings_of(report_of(json.loads(record.report_en or "{}")), service.settings)
    case = case_of_clip(record, findings, confirmed, caller.workshop or record.workshop)
    sessions.keep_case(case)
    told: dict[str, Any] = confirmed.model_dump(exclude_none=True) | {"case_id": case.id}
    fault = confirmed.fault or confirmed.fault_text or "none_of_these"
    close_clip(service, record.id, fault, case.id, told)
    return case


def close_by_session(service: Service, clip_id: str, case: CaseRecord) -> None:
    """The guided session about the clip has ended: its case is the clip's. Asked again for the same
    case, nothing changes. Raises RecordsUnavailable; a clip that was deleted meanwhile is none."""
    fault = case.fault or case.fault_text
    if fault is None:
        fault = "none_of_these" if case.none_of_these else NO_FAULT_FOUND
    told = {
        key: value
        for key in ("fault", "fault_text", "repair", "minutes", "cost_cny", "fixed_first_time")
        if (value := getattr(case, key)) is not None
    }
    with suppress(ClipUnknown):
        with reading(service.records) as session:
            before = clip(session, clip_id)
        if (before.confirmed_fault, before.case_id) != (fault, case.id):
            close_clip(service, clip_id, fault, case.id, told | {"case_id": case.id})


def close_clip(
    service: Service, clip_id: str, fault: str, case_id: str, told: dict[str, Any]
) -> None:
    """Nothing is left to be found out about the clip; who listens is told. Raises ClipUnknown,
    RecordsUnavailable."""
    with writing(service.records) as session:
        kept = lock_clip(session, clip_id)
        kept.confirmed_fault, kept.case_id = fault, case_id
        append_event(session, clip_id, "confirmed", told, at=datetime.now(UTC))


def case_of_clip(
    record: ClipRecord, findings: Findings, confirmed: Confirmation, workshop: str | None
) -> CaseRecord:
    """A clip has one case, whatever is confirmed of it."""
    circumstances = Circumstances.model_validate_json(record.circumstances)
    vehicle, noise, damage = circumstances.vehicle, findings.noise, findings.damage
    heard = {s.type: s.probability for s in noise.types} if noise.verdict in _PERCEIVED else {}
    seen = {s.type: s.probability for s in damage.types} if damage.verdict in _PERCEIVED else {}
    return CaseRecord(
        id=case_id_of(record),
        opened_on=record.created_at.date(), source="session",
        make=vehicle.make, model=vehicle.model, year=vehicle.year, powertrain=vehicle.powertrain,
        mileage_km=vehicle.mileage_km, ambient_c=circumstances.ambient_c,
        humidity_pct=circumstances.humidity_pct, speed_kmh=circumstances.speed_kmh,
        when=circumstances.when, complaint=circumstances.complaint, codes=circumstances.codes,
        noises={t: heard[t] for t in FAULT_NOISES if t in heard},
        damages={d: seen[d] for d in VISIBLE_DAMAGES if d in seen},
        fault=confirmed.fault, fault_text=confirmed.fault_text,
        none_of_these=confirmed.none_of_these, repair=confirmed.repair, minutes=confirmed.minutes,
        cost_cny=confirmed.cost_cny, fixed_first_time=confirmed.fixed_first_time,
        workshop=workshop,
    )  # fmt: skip


_PERCEIVED = frozenset({"abnormal", "normal", "damaged", "undamaged"})
