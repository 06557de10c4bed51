"""The marks that noise recognition is measured against, and whether an evaluation meets them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["met", "not met", "not measured"]


@dataclass(frozen=True, slots=True)
class Mark:
    """name: as people say it. at_least: whether the figure is to reach the limit, else to stay at
    or below it. above: the limit itself does not count as reached. path: keys in the evaluation;
    "*" stands for the sources of `one_source`, of which the worst counts."""

    name: str
    at_least: bool
    limit: float
    path: tuple[str, ...]
    above: bool = False


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
    rows = []
    for mark in MARKS:
        figure = _worst(mark, list(_found(evaluation, mark.path)))
        rows.append(
            {
                "name": mark.name,
                "comparison": ">" if mark.above else "≥" if mark.at_least else "≤",
                "limit": mark.limit,
                "figure": figure,
                "verdict": _verdict(mark, figure),
                "certain": _certain(mark, figure),
            }
        )
    return rows


def reaches(mark: Mark, value: float) -> bool:
    """Whether a value meets the mark."""
    if mark.above:
        return value > mark.limit
    return value >= mark.limit if mark.at_least else value <= mark.limit


def _found(place: Any, path: tuple[str, ...]) -> list[dict[str, Any]]:
    if not path:
        if isinstance(place, Mapping) and place.get("value") is not None:
            return [dict(place)]
        if isinstance(place, int | float):
            return [{"value": place, "low": None, "high": None, "n": None}]
        return []
    if not isinstance(place, Mapping):
        return []
    names = list(place) if path[0] == "*" else [path[0]]
    return [figure for name in names for figure in _found(place.get(name), path[1:])]


def _worst(mark: Mark, figures: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not figures:
        return None
    worst = min if mark.at_least else max
    return worst(figures, key=lambda figure: float(figure["value"]))


def _verdict(mark: Mark, figure: dict[str, Any] | None) -> Verdict:
    if figure is None:
        return "not measured"
    return "met" if reaches(mark, figure["value"]) else "not met"


def _certain(mark: Mark, figure: dict[str, Any] | None) -> bool | None:
    if figure is None or figure.get("low") is None or figure.get("high") is None:
        return None
    sides = {reaches(mark, figure[key]) for key in ("low", "high", "value")}
    return len(sides) == 1
