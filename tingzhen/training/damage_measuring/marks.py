"""The marks that damage recognition is measured against, and whether an evaluation meets them."""

from collections.abc import Mapping
from typing import Any

from tingzhen.training.marks import Mark, mark_row, worst_figure

GROUPED = ("grouped", "given")
LEFT_OUT = ("source_left_out", "given")


def _ap(name: str, limit: float, type_: str) -> Mark:
    path = ("phone_photos", "types", type_, "average_precision")
    return Mark(f"average precision, {name}", True, limit, path, GROUPED)


def _transfer(name: str, limit: float, type_: str) -> Mark:
    path = ("transfer", "insurance224", type_, "auc")
    return Mark(f"AUC on insurance224 when not learned from, {name}", True, limit, path, LEFT_OUT)


def _called_damaged(name: str, limit: float, kind: str, splits: tuple[str, ...] = LEFT_OUT) -> Mark:
    path = ("by_source", "*", "verdicts", kind, "called_damaged")
    return Mark(name, False, limit, path, splits)


MARKS: tuple[Mark, ...] = (
    Mark("mean average precision over the eight types", True, 0.75,
         ("phone_photos", "map"), GROUPED),
    _ap("scratch", 0.80, "scratch"),
    _ap("dent", 0.72, "dent"),
    _ap("broken or missing part", 0.88, "broken_or_missing_part"),
    _ap("glass", 0.80, "glass_shatter"),
    _ap("lamp", 0.60, "lamp_broken"),
    Mark("mean AUC over the eight types", True, 0.90, ("phone_photos", "mean_auc"), GROUPED),
    _transfer("glass", 0.96, "glass_shatter"),
    _transfer("lamp", 0.90, "lamp_broken"),
    _transfer("scratch", 0.80, "scratch"),
    _transfer("dent", 0.78, "dent"),
    _called_damaged("undamaged cars of a source not learned from, called damaged", 0.10,
                    "undamaged"),
    _called_damaged("everyday things called damaged", 0.02, "not_vehicle",
                    ("source_left_out", "grouped", "given")),
    Mark("centre of the best finding in a true box of its type", True, 0.65,
         ("phone_photos", "place"), GROUPED),
    Mark("calibration error, types pooled", False, 0.05,
         ("phone_photos", "calibration_error"), GROUPED),
    Mark("calibration error, mean over types", False, 0.05,
         ("phone_photos", "mean_calibration_error"), GROUPED),
    Mark("32 frames of 1080p, seconds on two cores", False, 0.8,
         ("model", "frames_32_s"), ()),
)  # fmt: skip


def marks_table(evaluation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One JSON-ready object a mark: name, comparison, limit, figure {value, low, high, n} or null,
    the split it comes from, verdict (met, not met, not measured, by the value alone), and certain:
    whether the whole interval lies on the value's side of the limit; null without an interval.

    A split whose groups were learned from (`trained_on` above 0) measures no mark.
    """
    return [_row(evaluation, mark) for mark in MARKS]


def _row(evaluation: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    split, figure = _figure(evaluation, mark)
    return mark_row(mark, figure) | {"split": split}


def _figure(evaluation: Mapping[str, Any], mark: Mark) -> tuple[str | None, dict[str, Any] | None]:
    if not mark.splits:
        return None, worst_figure(mark, evaluation)
    for split in mark.splits:
        if split == "given" and evaluation.get("trained_on"):
            continue
        figure = worst_figure(mark, evaluation.get("splits", {}).get(split))
        if figure is not None:
            return split, figure
    return None, None
