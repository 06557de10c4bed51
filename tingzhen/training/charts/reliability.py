"""Said against true: confidence of the first type and how often it is right, by bins."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

from markupsafe import Markup

from tingzhen.training.charts.frame import Area, axes, line, svg, ticks


def reliability_chart(
    bins: Sequence[Mapping[str, Any]], *, name: str, size_px: int = 262
) -> Markup:
    """bins: objects {confidence, accuracy, n} as in the figures; the area of a disc is its n."""
    area = Area(48, size_px - 14, 30, size_px - 42)
    body = axes(area, "confidence", "share right", x_ticks=[(v, f"{v:g}") for v in ticks(0, 1)])
    body.append(line(area.x(0), area.y(0), area.x(1), area.y(1), "limit"))
    most = max((one["n"] for one in bins), default=1)
    for one in bins:
        radius = max(2.5, 12 * sqrt(one["n"] / most))
        x, y = area.x(one["confidence"]), area.y(one["accuracy"])
        body.append(line(x, y, x, area.y(one["confidence"]), "gap"))
        body.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:.1f}" class="disc"/>')
    said = "; ".join(
        f"said {one['confidence']:.2f}, right {one['accuracy']:.2f}, n {one['n']}" for one in bins
    )
    return svg(size_px, size_px, name, said or "no recordings", body)
