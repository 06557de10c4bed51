"""The analysis of an accepted clip."""

from tingzhen.errors.base import TingzhenError


class JobError(TingzhenError):
    """The analysis of a clip that was accepted, or a clip that cannot be accepted now."""


class DeadlinePassed(JobError):
    code = "deadline_passed"


class AnalysisFailed(JobError):
    code = "analysis_failed"


class QueueFull(JobError):
    code = "queue_full"
