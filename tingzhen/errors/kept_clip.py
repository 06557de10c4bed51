"""Clips that the service keeps, and what is said and done about them."""

from tingzhen.errors.base import TingzhenError


class ClipUnknown(TingzhenError):
    code = "clip_unknown"


class ClipNotReady(TingzhenError):
    code = "clip_not_ready"


class ClipWithoutReport(TingzhenError):
    code = "clip_without_report"


class ClipEnded(TingzhenError):
    code = "clip_ended"


class ClipFileUnknown(TingzhenError):
    code = "clip_file_unknown"


class ReportUnknown(TingzhenError):
    code = "report_unknown"


class ReanalysisUnknown(TingzhenError):
    code = "reanalysis_unknown"


class ReanalysisImpossible(TingzhenError):
    code = "reanalysis_impossible"


class ConfirmationInvalid(TingzhenError):
    code = "confirmation_invalid"


class CorrectionInvalid(TingzhenError):
    code = "correction_invalid"


class CorrectionUnknown(TingzhenError):
    code = "correction_unknown"
