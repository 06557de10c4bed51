"""The marks that noise recognition is measured against, and whether an evaluation meets them."""

from collections.abc import Mapping
from typing import Any

from tingzhen.training.marks import Mark, mark_row, worst_figure

_CV = ("splits", "by_recording")
_APART = ("splits", "source_left_out")

MARKS: tuple[Mark, ...] = (
    Mark("balanced accuracy, other recordings", True, 0.72, (*_CV, "balanced_accuracy")),
    Mark("right type among the first two", True, 0.86, (*_CV, "among_first_two")),
    Mark("macro AUC", True, 0.94, (*_CV, "macro_auc")),
    Mark("balanced accuracy on what is answered", True, 0.82,
         (*_CV, "selective", "balanced_accuracy")),
    Mark("share that is answered", True, 0.65, (*_CV, "selective", "coverage")),
    Mark("share of the least answered type that is answered", True, 0.5,
         (*_CV, "selective", "least_coverage_of_a_type")),
    Mark("balanced accuracy, source left out, types that other sources have", True, 0.40,
         (*_APART, "balanced_accuracy")),
    Mark("balanced accuracy, synthetic sound only", True, 0.45,
         ("splits", "synthetic_only", "balanced_accuracy")),
    Mark("knock against normal inside one source, AUC", True, 0.88,
         ("one_source", "*", "knock", "auc")),
    Mark("the same, above the best control that hears nothing", True, 0.0,
         ("one_source", "*", "knock", "over_best_control"), above=True),
    Mark("normal engines of a source never trained on called abnormal", False, 0.08,
         (*_APART, "verdict", "normals_called_abnormal")),
    Mark("negatives without machinery called abnormal, source left out", False, 0.01,
         (*_APART, "verdict", "negatives_without_machinery_called_abnormal")),
    Mark("calibration error", False, 0.05, (*_CV, "calibration_error")),
    Mark("events of knock, segment F1", True, 0.80, ("events", "by_type", "knock", "f1")),
    Mark("events of squeal, segment F1", True, 0.80, ("events", "by_type", "squeal", "f1")),
    Mark("events of clunk, segment F1", True, 0.80, ("events", "by_type", "clunk", "f1")),
    Mark("events of rattle, segment F1", True, 0.80, ("events", "by_type", "rattle", "f1")),
    Mark("ten seconds of sound on one core, milliseconds", False, 30.0,
         ("model", "ten_seconds_ms")),
    Mark("bundle, megabytes", False, 10.0, ("model", "megabytes")),
)  # fmt: skip


def marks_table(evaluation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One JSON-ready object a mark: name, comparison, limit, figure {value, low, high, n} or null,
    verdict (met, not met, not measured, by the value alone), and certain: whether the whole
    interval lies on the value's side of the limit; null without an interval."""
    return [mark_row(mark, worst_figure(mark, evaluation)) for mark in MARKS]
