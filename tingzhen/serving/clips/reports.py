"""All reports that a clip had: each was made by the models of its day."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tingzhen.errors import ReportUnknown
from tingzhen.language import Language, Text
from tingzhen.serving.clips.report import clip_report
from tingzhen.serving.jobs.again import reported_at
from tingzhen.serving.records import ClipRecord, ClipReport, earlier_reports, reading
from tingzhen.serving.report.model import ModelReport
from tingzhen.serving.service import Service


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReportVersion(_Part):
    """version: 1 is the first. current: it is what `/report` gives."""

    version: int = Field(examples=[1])
    current: bool
    made_at: datetime
    models: dict[str, ModelReport]
    noise: str = Field(description="Verdict.", examples=["abnormal"])
    damage: str = Field(description="Verdict.", examples=["no_video"])
    diagnosis: str = Field(description="Verdict.", examples=["fault_likely"])
    drive: str = Field(examples=["soon"])


class ReportList(_Part):
    """Newest first."""

    schema_: Literal["tingzhen.reports/1"] = Field(alias="schema")
    reports: list[ReportVersion]


def reports_of(service: Service, record: ClipRecord) -> ReportList:
    """record: with its report. Raises RecordsUnavailable."""
    with reading(service.records) as session:
        earlier = earlier_reports(session, record.id)
        made_at = reported_at(session, record)
    found = [_version(e.version, e.made_at, json.loads(e.report_en)) for e in earlier]
    newest = json.loads(clip_report(record, "en"))
    found.append(_version(_next(earlier), made_at, newest, current=True))
    return ReportList(schema="tingzhen.reports/1", reports=found[::-1])


def report_of_version(
    service: Service, record: ClipRecord, version: int, language: Language
) -> str | None:
    """JSON text of an earlier report; None where it is the current one. Raises ReportUnknown,
    RecordsUnavailable."""
    with reading(service.records) as session:
        earlier = earlier_reports(session, record.id)
    for report in earlier:
        if report.version == version:
            return report.report(language)
    if version == _next(earlier):
        return None
    raise ReportUnknown(
        Text(f"没有第 {version} 版报告。/v1/clips/{record.id}/reports 列出全部版本。",
             f"There is no version {version} of the report. /v1/clips/{record.id}/reports lists "
             "them.")
    )  # fmt: skip


def _next(earlier: Sequence[ClipReport]) -> int:
    """The version of the newest report."""
    return earlier[-1].version + 1 if earlier else 1


def _version(
    version: int, made_at: datetime, report: Mapping[str, Any], *, current: bool = False
) -> ReportVersion:
    return ReportVersion(
        version=version, current=current, made_at=made_at, models=report["models"],
        noise=report["noise"]["verdict"], damage=report["damage"]["verdict"],
        diagnosis=report["diagnosis"]["verdict"], drive=report["diagnosis"]["drive"],
    )  # fmt: skip
