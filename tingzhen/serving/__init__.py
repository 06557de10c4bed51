"""One clip in, one report out: the pipeline, the report, the command's and the service's faces."""

from tingzhen.serving.analysis import Analysis, Timing
from tingzhen.serving.pipeline import Parts, Recognisers, analyse, load_recognisers, start_loading
from tingzhen.serving.report import build_error, build_report
from tingzhen.serving.report_model import ErrorReport, Report
from tingzhen.serving.settings import Settings, default_language, load_settings

__all__ = [
    "Analysis",
    "ErrorReport",
    "Parts",
    "Recognisers",
    "Report",
    "Settings",
    "Timing",
    "analyse",
    "build_error",
    "build_report",
    "default_language",
    "load_recognisers",
    "load_settings",
    "start_loading",
]
