"""Lines over a numeric or a named axis, each with the band of its intervals where there are any."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tingzhen.training.charts.frame import (
    Area,
    axes,
    legend,
    line,
    marker,
    svg,
    text,
    ticks,
)

Point = tuple[float, float, float | None, float | None]
"""x, y, and the bounds of y."""


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Limit:
    """A value that is to be reached, drawn across; `across` x (a vertical line) or y."""

    value: float
    name: str
    across: str = "y"


def line_chart(
    lines: Sequence[Line],
    *,
    name: str,
    description: str,
    x_name: str,
    y_name: str,
    x_range: tuple[float, float] = (0.0, 1.0),
    y_range: tuple[float, float] = (0.0, 1.0),
    x_labels: Sequence[str] = (),
    limits: Sequence[Limit] = (),
    markers: bool = False,
    size_px: tuple[int, int] = (460, 300),
) -> Markup:
    """x_labels: names of x = 0, 1, ... in place of numbers."""
    width, height = size_px
    keys, used = (
        legend([one.name for one in lines], 48, 4, width - 8) if len(lines) > 1 else ([], 0)
    )
    area = Area(48, width - 14, 30 + used, height - 42, *x_range, *y_range)
    if x_labels:
        x_ticks = [(float(i), label) for i, label in enumerate(x_labels)]
    else:
        x_ticks = [(value, f"{value:g}") for value in ticks(*x_range)]
    body = [*keys, *axes(area, x_name, y_name, x_ticks=x_ticks)]
    for limit in limits:
        body += _limit(area, limit)
    for series, one in enumerate(lines):
        body += _line(area, one, series, markers=markers)
    return svg(width, height, name, description, body)


def _line(area: Area, one: Line, series: int, *, markers: bool) -> list[str]:
    body = []
    bounded = [
        (x, low, high) for x, _, low, high in one.points if low is not None and high is not None
    ]
    if len(bounded) > 1:
        edge = [(x, high) for x, _, high in bounded] + [(x, low) for x, low, _ in bounded[::-1]]
        points = " ".join(f"{area.x(x):g},{area.y(y):g}" for x, y in edge)
        body.append(f'<polygon points="{points}" class="band s{series}"/>')
    points = " ".join(f"{area.x(x):g},{area.y(y):g}" for x, y, _, _ in one.points)
    body.append(f'<polyline points="{points}" class="line s{series}"/>')
    # A line without markers bears its sign at the ends, by which the legend finds it.
    marked = one.points if markers else (one.points[0], one.points[-1])
    body += [marker(area.x(x), area.y(y), series) for x, y, _, _ in marked]
    return body


def _limit(area: Area, limit: Limit) -> list[str]:
    if limit.across == "y":
        y = area.y(limit.value)
        return [
            line(area.left, y, area.right, y, "limit"),
            text(area.right, y - 4, limit.name, anchor="end", css="limit-name"),
        ]
    x = area.x(limit.value)
    return [
        line(x, area.top, x, area.bottom, "limit"),
        text(x + 4, area.bottom - 6, limit.name, css="limit-name"),
    ]
