"""Knowledge, cases, experience, patterns and guided sessions."""

from tingzhen.errors.base import TingzhenError


class ContextError(TingzhenError):
    code = "context_invalid"


class KnowledgeError(TingzhenError):
    code = "knowledge_invalid"


class OrdersError(TingzhenError):
    code = "orders_invalid"


class CaseUnknown(TingzhenError):
    code = "case_unknown"


class PatternUnknown(TingzhenError):
    code = "pattern_unknown"


class ExposureError(TingzhenError):
    code = "exposure_invalid"


class CasesUnavailable(TingzhenError):
    code = "cases_unavailable"


class ExperienceError(TingzhenError):
    code = "experience_invalid"


class RuleUnknown(TingzhenError):
    code = "rule_unknown"


class ReportInvalid(TingzhenError):
    code = "report_invalid"


class StepInvalid(TingzhenError):
    code = "step_invalid"


class SessionUnknown(TingzhenError):
    code = "session_unknown"


class SessionChanged(TingzhenError):
    code = "session_changed"


class SessionUnavailable(TingzhenError):
    code = "session_unavailable"
