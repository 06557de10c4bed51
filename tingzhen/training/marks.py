"""A mark that a recogniser is measured against, and whether a figure meets it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["met", "not met", "not measured"]


@dataclass(frozen=True, slots=True)
class Mark:
    """name: as people say it. at_least: whether the figure is to reach the limit, else to stay at
    or below it. above: the limit itself does not count as reached. path: keys to the figure; "*"
    stands for any key, and the worst figure counts. splits: in which the mark is measured, for an
    evaluation that has it in several; the first that has the figure counts."""

    name: str
    at_least: bool
    limit: float
    path: tuple[str, ...]
    splits: tuple[str, ...] = ()
    above: bool = False


def reaches(mark: Mark, value: float) -> bool:
    """Whether a value meets the mark."""
    if mark.above:
        return value > mark.limit
    return value >= mark.limit if mark.at_least else value <= mark.limit


def worst_figure(mark: Mark, place: Any) -> dict[str, Any] | None:
    """The figure {value, low, high, n} that lies at the mark's path from `place`; None without."""
    figures = list(_found(place, mark.path))
    if not figures:
        return None
    worst = min if mark.at_least else max
    return worst(figures, key=lambda figure: float(figure["value"]))


def mark_row(mark: Mark, figure: dict[str, Any] | None) -> dict[str, Any]:
    """JSON-ready: name, comparison, limit, figure or null, verdict (by the value alone), and
    certain: whether the whole interval lies on the value's side of the limit; null without one."""
    return {
        "name": mark.name,
        "comparison": ">" if mark.above else "≥" if mark.at_least else "≤",
        "limit": mark.limit,
        "figure": figure,
        "verdict": _verdict(mark, figure),
        "certain": _certain(mark, figure),
    }


def _found(place: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    if not path:
        if isinstance(place, Mapping) and place.get("value") is not None:
            yield {key: place.get(key) for key in ("value", "low", "high", "n")}
        elif isinstance(place, int | float):
            yield {"value": place, "low": None, "high": None, "n": None}
    elif isinstance(place, Mapping):
        for name in list(place) if path[0] == "*" else [path[0]]:
            yield from _found(place.get(name), path[1:])


def _verdict(mark: Mark, figure: Mapping[str, Any] | None) -> Verdict:
    if figure is None:
        return "not measured"
    return "met" if reaches(mark, figure["value"]) else "not met"


def _certain(mark: Mark, figure: Mapping[str, Any] | None) -> bool | None:
    if figure is None or figure["low"] is None or figure["high"] is None:
        return None
    return len({reaches(mark, figure[key]) for key in ("low", "high", "value")}) == 1
