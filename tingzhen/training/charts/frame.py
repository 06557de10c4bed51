"""What all charts share: a plot area with axes, a name and a description, a legend."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

CHARACTER_PX = 7.0
"""Mean width of a character at the charts' 12 px."""
MARKERS = ("circle", "square", "triangle", "diamond")


@dataclass(frozen=True, slots=True)
class Area:
    """A plot area in px: x from left to right, y from top to bottom; values run from low to high,
    upwards."""

    left: float
    right: float
    top: float
    bottom: float
    x_low: float = 0.0
    x_high: float = 1.0
    y_low: float = 0.0
    y_high: float = 1.0

    def x(self, value: float) -> float:
        """px of a value, kept inside the area."""
        share = (value - self.x_low) / (self.x_high - self.x_low)
        return round(self.left + min(1.0, max(0.0, share)) * (self.right - self.left), 1)

    def y(self, value: float) -> float:
        """px of a value, kept inside the area."""
        share = (value - self.y_low) / (self.y_high - self.y_low)
        return round(self.bottom - min(1.0, max(0.0, share)) * (self.bottom - self.top), 1)


def svg(width: float, height: float, name: str, description: str, body: Sequence[str]) -> Markup:
    """A whole picture. body: elements whose texts are escaped already."""
    inner = "".join(body)
    key = hashlib.sha256((name + description + inner).encode()).hexdigest()[:10]
    return Markup(  # noqa: S704 - texts are escaped where they are placed
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img" '
        f'aria-labelledby="t{key} d{key}"><title id="t{key}">{escape(name)}</title>'
        f'<desc id="d{key}">{escape(description)}</desc>{inner}</svg>'
    )


def text(x: float, y: float, content: str, *, anchor: str = "start", css: str = "") -> str:
    """anchor: start, middle or end."""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" class="{css}">{escape(content)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" class="{css}"/>'


def marker(x: float, y: float, series: int, *, size: float = 4.0) -> str:
    """One shape a series, so that colour is not needed to tell them apart."""
    css = f"mark s{series}"
    shape = MARKERS[series % len(MARKERS)]
    if shape == "circle":
        return f'<circle cx="{x:g}" cy="{y:g}" r="{size:g}" class="{css}"/>'
    corners = {
        "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        "triangle": ((0, -1.2), (1.1, 0.9), (-1.1, 0.9)),
        "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    }[shape]
    points = " ".join(f"{x + a * size:.1f},{y + b * size:.1f}" for a, b in corners)
    return f'<polygon points="{points}" class="{css}"/>'


def legend(names: Sequence[str], x: float, y: float, right: float) -> tuple[list[str], float]:
    """Elements, and the height in px they take below y; goes on in a new row where one is full."""
    parts, at_x, at_y = [], x, y + 10
    for series, name in enumerate(names):
        width = 18 + CHARACTER_PX * len(name) + 16
        if at_x > x and at_x + width > right:
            at_x, at_y = x, at_y + 18
        parts += [marker(at_x + 6, at_y - 4, series), text(at_x + 16, at_y, name)]
        at_x += width
    return parts, at_y - y + 8


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values from low to high at steps of 1, 2 or 5 times a power of ten."""
    step, exponent = 1.0, -4
    while True:
        for factor in (1, 2, 5):
            step = factor * 10.0**exponent
            if (high - low) / step <= most:
                first = -(-low // step)
                count = int((high - first * step) / step + 1e-9) + 1
                return [round((first + i) * step, 6) for i in range(count)]
        exponent += 1


def axes(
    area: Area, x_name: str, y_name: str, *, x_ticks: Sequence[tuple[float, str]]
) -> list[str]:
    """Grid, tick labels and names; y ticks are chosen, x ticks are given as (value, label)."""
    parts = []
    for value in ticks(area.y_low, area.y_high):
        y = area.y(value)
        parts.append(line(area.left, y, area.right, y, "grid"))
        parts.append(text(area.left - 6, y + 4, f"{value:g}", anchor="end", css="tick"))
    for value, label in x_ticks:
        x = area.x(value)
        parts.append(line(x, area.bottom, x, area.bottom + 4, "axis"))
        parts.append(text(x, area.bottom + 17, label, anchor="middle", css="tick"))
    parts.append(line(area.left, area.bottom, area.right, area.bottom, "axis"))
    middle = (area.left + area.right) / 2
    parts.append(text(middle, area.bottom + 34, x_name, anchor="middle", css="name"))
    parts.append(text(area.left - 30, area.top - 12, y_name, css="name"))
    return parts
