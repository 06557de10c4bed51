"""The report of a clip as it is kept, or why there is none."""

from typing import Final

from tingzhen.errors import ClipNotReady, ClipWithoutReport
from tingzhen.language import Language, Text
from tingzhen.serving.records import ENDED, ClipRecord

_NOT_READY_S: Final = 1.0


def clip_report(record: ClipRecord, language: Language) -> str:
    """JSON text. Raises ClipNotReady and ClipWithoutReport."""
    report = record.report(language)
    if report is not None:
        return report
    if record.state not in ENDED:
        error = ClipNotReady(
            Text("报告尚未完成，请稍后再取。", "The report is not there yet. Ask again soon.")
        )
        error.retry_after_s = _NOT_READY_S
        raise error
    if record.state == "cancelled":
        raise ClipWithoutReport(
            Text("分析已取消，没有报告。如有需要，请重新上传。",
                 "The analysis was cancelled, so there is no report. Send the clip again if you "
                 "need one.")
        )  # fmt: skip
    raise ClipWithoutReport(
        Text(f"分析未能完成：{record.error_zh}", f"The analysis failed: {record.error_en}")
    )
