"""Values with their intervals in rows, several series a row side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from tingzhen.training.charts.frame import (
    CHARACTER_PX,
    Area,
    legend,
    line,
    marker,
    svg,
    text,
    ticks,
)

STEP_PX = 15


def interval_chart(
    rows: Sequence[tuple[str, Sequence[Mapping[str, Any] | None]]],
    *,
    name: str,
    description: str,
    series: Sequence[str] = (),
    value_range: tuple[float, float] = (0.0, 1.0),
    limits: Sequence[float] = (),
    width_px: int = 545,
) -> Markup:
    """rows: a label and one figure {value, low, high, n} for each series, or None.

    limits: values drawn as vertical lines. What is written at the right is value and n.
    """
    keys, used = legend(series, 8, 4, width_px - 8) if len(series) > 1 else ([], 0.0)
    count = max((len(figures) for _, figures in rows), default=1)
    row_px = STEP_PX * count + 8
    left = 16 + CHARACTER_PX * max((len(label) for label, _ in rows), default=0)
    bottom = used + 8 + row_px * len(rows)
    area = Area(left, width_px - 92, used + 4, bottom, *value_range)
    body = list(keys)
    for value in ticks(*value_range):
        x = area.x(value)
        body.append(line(x, area.top, x, area.bottom, "grid"))
        body.append(text(x, area.bottom + 16, f"{value:g}", anchor="middle", css="tick"))
    for limit in limits:
        body.append(line(area.x(limit), area.top, area.x(limit), area.bottom, "limit"))
    for number, (label, figures) in enumerate(rows):
        top = used + 8 + row_px * number
        body.append(text(left - 8, top + row_px / 2, label, anchor="end"))
        for place, figure in enumerate(figures):
            y = top + STEP_PX * (place + 0.5)
            body += _figure(area, y, place, figure)
    return svg(width_px, bottom + 26, name, description, body)


def _figure(area: Area, y: float, series: int, figure: Mapping[str, Any] | None) -> list[str]:
    if figure is None or figure["value"] is None:
        return [text(area.right + 8, y + 4, "–", css="tick")]
    body = []
    if figure["low"] is not None and figure["high"] is not None:
        low, high = area.x(figure["low"]), area.x(figure["high"])
        body.append(line(low, y, high, y, f"whisker s{series}"))
    body.append(marker(area.x(figure["value"]), y, series))
    written = f"{figure['value']:.2f} n={figure['n']}"
    return [*body, text(area.right + 8, y + 4, written, css="tick")]
