"""Imports, frequencies and cases as JSON and as lines for a terminal, in one language."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.language import Language, Text

if TYPE_CHECKING:
    from tingzhen.diagnosis.cases import CaseRecord
    from tingzhen.diagnosis.cases.frequencies import FaultFrequency
    from tingzhen.diagnosis.cases.work_orders import ImportResult, RejectedRow

_ROWS_SHOWN = 20


def import_as_dict(
    result: "ImportResult", rejected: Sequence["RejectedRow"], language: Language
) -> dict[str, Any]:
    """What became of one file. rejected: the rows to list."""
    return {
        "schema": "tingzhen.import/1",
        "id": result.import_id,
        "name": result.file_name,
        "records": result.records,
        "resumed": result.resumed,
        "added": result.added,
        "repeated": result.repeated,
        "replaced": result.replaced,
        "alike": result.alike,
        "rejected": result.rejected,
        "rejected_file": None if result.rejected_file is None else str(result.rejected_file),
        "rejected_rows": [
            {"line": row.line, "reason": row.reason.to(language)} for row in rejected
        ],
    }


def import_lines(
    result: "ImportResult", rejected: Sequence["RejectedRow"], language: Language
) -> Iterator[str]:
    again = result.resumed > 0
    counts = Text(
        f"{result.file_name}：{result.records} 条记录，新增 {result.added}，"
        f"重复 {result.repeated}，更新 {result.replaced}，相近 {result.alike}，"
        f"未导入 {result.rejected}" + (f"（其中 {result.resumed} 条此前已处理）" if again else ""),
        f"{result.file_name}: {result.records} records, {result.added} added, "
        f"{result.repeated} repeated, {result.replaced} replaced, {result.alike} alike, "
        f"{result.rejected} not taken"
        + (f" ({result.resumed} of them done before)" if again else ""),
    )
    yield counts.to(language)
    for row in rejected[:_ROWS_SHOWN]:
        line = Text(f"  第 {row.line} 行：{row.reason.zh}", f"  line {row.line}: {row.reason.en}")
        yield line.to(language)
    more = result.rejected - min(len(rejected), _ROWS_SHOWN)
    if more > 0:
        yield Text(f"  还有 {more} 行", f"  and {more} more").to(language)
    if result.rejected_file is not None:
        kept = result.rejected_file
        yield Text(
            f"  未导入的记录原样保存在 {kept}（可能含个人信息）；更正后可再次导入。",
            f"  They are kept as they stood in {kept} (it may hold personal data); correct them "
            "there and import that file.",
        ).to(language)


def unknown_fault_lines(unknown: Sequence[tuple[str, int]], language: Language) -> Iterator[str]:
    if not unknown:
        return
    yield Text(
        f"知识库没有的故障（{len(unknown)} 种）：",
        f"Faults that the base does not know ({len(unknown)}):",
    ).to(language)
    for words, many in unknown[:_ROWS_SHOWN]:
        yield f"  {many:>6}  {words}"


def frequencies_as_dict(
    found: Sequence["FaultFrequency"], knowledge: KnowledgeBase, language: Language
) -> dict[str, Any]:
    names = {fault.id: fault.name for fault in knowledge.faults}
    return {
        "schema": "tingzhen.frequencies/1",
        "faults": [
            {
                "fault": f.fault,
                "name": names[f.fault].to(language),
                "expert": round(f.expert, 5),
                "orders": round(f.orders, 2),
                "model_orders": round(f.model_orders, 2),
                "share": round(f.share, 5),
                "low": round(f.low, 5),
                "high": round(f.high, 5),
                "factor": round(f.factor, 4),
            }
            for f in found
        ],
    }


def case_as_dict(
    case: "CaseRecord", knowledge: KnowledgeBase, language: Language
) -> dict[str, Any]:
    """A case without its embeddings and without the vehicle's key."""
    names = {fault.id: fault.name for fault in knowledge.faults}
    name = names.get(case.fault or "")
    return {
        "id": case.id, "number": case.number, "source": case.source,
        "opened_on": case.opened_on.isoformat(), "workshop": case.workshop, "region": case.region,
        "vehicle": {
            "make": case.make, "model": case.model, "year": case.year,
            "powertrain": case.powertrain, "mileage_km": case.mileage_km,
        },
        "when": list(case.when), "speed_kmh": case.speed_kmh, "ambient_c": case.ambient_c,
        "humidity_pct": case.humidity_pct, "complaint": case.complaint, "codes": list(case.codes),
        "noises": case.noises, "damages": case.damages, "fault": case.fault,
        "fault_name": name.to(language) if name else case.fault_text,
        "none_of_these": case.none_of_these, "repair": case.repair, "minutes": case.minutes,
        "cost_cny": case.cost_cny, "fixed_first_time": case.fixed_first_time,
    }  # fmt: skip
