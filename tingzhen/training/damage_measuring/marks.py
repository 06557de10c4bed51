"""The marks that damage recognition is measured against, and whether an evaluation meets them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["met", "not met", "not measured"]


@dataclass(frozen=True, slots=True)
class Mark:
    """name: as people say it. at_least: whether the figure is to reach the limit, else to stay at
    or below it. path: keys in a split, or in the evaluation where `splits` is empty; "*" stands for
    any key, and the worst figure counts. splits: in which the mark is measured; the first that has
    the figure counts."""

    name: str
    at_least: bool
    limit: float
    path: tuple[str, ...]
    splits: tuple[str, ...]


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
    return {
        "name": mark.name,
        "comparison": "≥" if mark.at_least else "≤",
        "limit": mark.limit,
        "figure": figure,
        "split": split,
        "verdict": _verdict(mark, figure),
        "certain": _certain(mark, figure),
    }


def _figure(evaluation: Mapping[str, Any], mark: Mark) -> tuple[str | None, dict[str, Any] | None]:
    if not mark.splits:
        return None, _worst(mark, list(_found(evaluation, mark.path)))
    for split in mark.splits:
        if split == "given" and evaluation.get("trained_on"):
            continue
        found = list(_found(evaluation.get("splits", {}).get(split), mark.path))
        if found:
            return split, _worst(mark, found)
    return None, None


def reaches(mark: Mark, value: float) -> bool:
    """Whether a value meets the mark."""
    return value >= mark.limit if mark.at_least else value <= mark.limit


def _found(place: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    if not path:
        if isinstance(place, Mapping) and place.get("value") is not None:
            yield {key: place[key] for key in ("value", "low", "high", "n")}
        elif isinstance(place, int | float):
            yield {"value": place, "low": None, "high": None, "n": None}
    elif isinstance(place, Mapping):
        for name in list(place) if path[0] == "*" else [path[0]]:
            yield from _found(place.get(name), path[1:])


def _worst(mark: Mark, figures: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    if not figures:
        return None
    worst = min if mark.at_least else max
    return worst(figures, key=lambda figure: float(figure["value"]))


def _verdict(mark: Mark, figure: Mapping[str, Any] | None) -> Verdict:
    if figure is None:
        return "not measured"
    return "met" if reaches(mark, figure["value"]) else "not met"


def _certain(mark: Mark, figure: Mapping[str, Any] | None) -> bool | None:
    if figure is None or figure["low"] is None or figure["high"] is None:
        return None
    return len({reaches(mark, figure[key]) for key in ("low", "high", "value")}) == 1
