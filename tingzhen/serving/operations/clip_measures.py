"""What is measured of clips on their way: how soon each is answered, with what, or why not."""

from tingzhen.serving.analysis import Analysis
from tingzhen.serving.operations import measures
from tingzhen.serving.records import ClipRecord


def noise_told(record: ClipRecord) -> None:
    """The noise verdict can be read from now on."""
    if _new(record):
        measures.NOISE_SECONDS.observe(measures.seconds_since(record.created_at))


def report_told(record: ClipRecord, analysis: Analysis) -> None:
    """The report can be read from now on. record: as it was before."""
    if _new(record):
        measures.REPORT_SECONDS.observe(measures.seconds_since(record.created_at))
    measures.CLIPS_DONE.inc()
    diagnosis = analysis.diagnosis
    measures.DIAGNOSES.labels(diagnosis.verdict, diagnosis.drive).inc()


def put_aside(code: str) -> None:
    """A clip failed for good. code: of the error."""
    measures.CLIPS_FAILED.labels(code).inc()


def _new(record: ClipRecord) -> bool:
    """Whether the clip waits for its first report; one that is analysed again came long ago."""
    return record.report_zh is None
