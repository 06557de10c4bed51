"""A picture of a pattern: how frequent the fault is along each attribute, with the found range.

SVG that needs no colour, with a title and a description for screen readers.
"""

import hashlib
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.patterns.attributes import Column, attribute_name, value_name
from tingzhen.diagnosis.patterns.condition import UNITS, Part, condition_text, known_and_inside
from tingzhen.diagnosis.patterns.result import Pattern
from tingzhen.diagnosis.patterns.sentence import pattern_sentence
from tingzhen.diagnosis.patterns.split import ClosedCases
from tingzhen.language import Language, Text

_BINS: Final = 12
_VALUES: Final = 12
_WIDTH: Final = 560.0
_PANEL: Final = 250.0
_LEFT: Final = 64.0
_TICKS: Final = 4
_LABEL: Final = 72.0
_NOTE: Final = Text(
    "圆点为占案例比例，竖线为 95% 区间；实心点在发现的范围内。",
    "Dots: share of cases; lines: 95 % intervals; filled: in the range found.",
)
_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Bar:
    """The share of cases with the fault in one bin, 0..1, with its 95 % interval (Wilson 1927).

    start, end: of a range; of a value they are its place and the next. name: of a value.
    inside: the bin lies in the found range.
    """

    start: float
    end: float
    faults: int
    cases: int
    share: float
    low: float
    high: float
    inside: bool
    name: str = ""


def bars_of(column: Column, fault: NDArray[np.bool_], part: Part, language: Language) -> list[Bar]:
    """Bins of a number at its quantiles, the found bounds among them; or the values of a category,
    the most frequent ones and the found one. fault: bool (n,)."""
    known = ~np.isnan(column.values)
    values, hit = column.values[known], fault[known]
    if part.value is not None:
        return _bars_of_values(column, values, hit, part, language)
    inner = np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1], method="nearest")
    bounds = [b for b in (part.low, part.high) if math.isfinite(b)]
    # A bin that the found bound would cut in two is moved to it.
    free = [q for q in inner if not any(abs(q - b) < np.ptp(values) / 40 for b in bounds)]
    edges = np.unique([values.min(), *free, *bounds])
    edges = np.append(edges, np.nextafter(values.max(), math.inf))
    bars = []
    for start, end in itertools.pairwise(edges):
        chosen = (values >= start) & (values < end)
        if chosen.any():
            within = start >= part.low and start < part.high
            bars.append(_bar(float(start), float(end), hit[chosen], within))
    return bars


def _bars_of_values(
    column: Column,
    values: NDArray[np.float64],
    hit: NDArray[np.bool_],
    part: Part,
    language: Language,
) -> list[Bar]:
    if column.kind == "flag":
        other = Text("其他", "otherwise")
        names = {0.0: other.to(language), 1.0: value_name(part.attribute, part.value or "").to(
            language
        )}  # fmt: skip
    else:
        names = {float(i): value_name(part.attribute, n).to(language)
                 for i, n in enumerate(column.names)}  # fmt: skip
    found = column.code(part.value or "")
    codes, counts = np.unique(values, return_counts=True)
    kept = [float(c) for c in codes[np.argsort(-counts, kind="stable")][:_VALUES]]
    if found in codes and found not in kept:
        kept[-1] = found
    return [
        _bar(float(place), place + 1.0, hit[values == code], code == found, names[code])
        for place, code in enumerate(sorted(kept))
    ]


def _bar(start: float, end: float, hit: NDArray[np.bool_], inside: bool, name: str = "") -> Bar:
    n, k = len(hit), int(hit.sum())
    share, z2 = k / n, _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Bar(start, end, k, n, share, low, high, inside, name)


@dataclass(frozen=True, slots=True)
class Shares:
    """How frequent the fault is along one part of the condition. title: the attribute with its
    unit, and where the other part holds."""

    part: Part
    title: str
    bars: list[Bar]


def shares_along(closed: ClosedCases, pattern: Pattern, language: Language) -> list[Shares]:
    """For each part, over the closed cases in which the other part holds."""
    fault = closed.has(pattern.fault)
    panels = []
    for place, part in enumerate(pattern.condition):
        rest = tuple(p for i, p in enumerate(pattern.condition) if i != place)
        _, holds = known_and_inside(closed.attributes, rest)
        column = closed.attributes.columns[part.key]
        rows = np.flatnonzero(holds)
        narrowed = Column(column.attribute, column.kind, column.values[rows], column.names)
        title = attribute_name(part.attribute).to(language)
        unit = UNITS.get(part.attribute, "").strip()
        if unit:
            title += Text(f"（{unit}）", f" ({unit})").to(language)
        if rest:
            given = Text("，其中", ", where ").to(language)
            title += given + condition_text(rest).to(language)
        panels.append(Shares(part, title, bars_of(narrowed, fault[rows], part, language)))
    return panels


def pattern_plot(
    closed: ClosedCases,
    pattern: Pattern,
    name: Text,
    language: Language,
    *,
    simulated: bool = False,
) -> str:
    """One panel for each part, over the closed cases in which the other part holds. simulated: the
    cases are generated, which the picture says."""
    note = _NOTE if not simulated else Text(
        f"模拟数据，并非真实车辆。{_NOTE.zh}", f"SIMULATION. {_NOTE.en}"
    )  # fmt: skip
    return _svg(shares_along(closed, pattern, language), pattern, name, note, language)


def _svg(
    panels: Sequence[Shares], pattern: Pattern, name: Text, note: Text, language: Language
) -> str:
    heading = Text(f"{name.zh}：各条件下的占比", f"{name.en}: share of cases by condition")
    described = [pattern_sentence(pattern, name).to(language), note.to(language)]
    for panel in panels:
        listed = "; ".join(
            f"{bar.name or f'{bar.start:g}–{bar.end:g}'} {bar.share:.2%} "
            f"({bar.low:.2%}–{bar.high:.2%}), {bar.faults}/{bar.cases}"
            for bar in panel.bars
        )
        described.append(f"{panel.title}: {listed}.")
    body = "".join(
        _panel(48 + number * _PANEL, panel.title, panel.bars, language)
        for number, panel in enumerate(panels)
    )
    below = 56 + _PANEL * len(panels)
    body += f'<text x="12" y="{below:g}" font-size="11">{escape(note.to(language))}</text>'
    height = below + 12
    key = hashlib.sha256((heading.en + body).encode()).hexdigest()[:10]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {height:g}" '
        f'width="{_WIDTH:g}" role="img" lang="{language}" aria-labelledby="t{key} d{key}">'
        f'<title id="t{key}">{escape(heading.to(language))}</title>'
        f'<desc id="d{key}">{escape(" ".join(described))}</desc>'
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<g font-family="sans-serif" font-size="12" fill="#1a1a1a">'
        f'<text x="12" y="22" font-size="14" font-weight="bold">'
        f"{escape(heading.to(language))}</text>"
        f"{body}</g></svg>\n"
    )


def _panel(top: float, title: str, bars: Sequence[Bar], language: Language) -> str:
    plot_top, plot_bottom, right = top + 22, top + _PANEL - 66, _WIDTH - 44
    # The picture ends at the largest share by some way; one huge interval must not flatten it.
    step_up = _round_step(max((bar.share for bar in bars), default=0.0) * 1.5 / _TICKS or 0.01)
    largest = step_up * _TICKS

    def y(share: float) -> float:
        return plot_bottom - min(1.0, share / largest) * (plot_bottom - plot_top)

    # Bins of equal width on paper: quantiles of a number lie far apart at its ends.
    step = (right - _LEFT) / max(1, len(bars))
    parts = [f'<text x="{_LEFT:g}" y="{top + 10:g}">{escape(title)}</text>']
    for tick in range(_TICKS + 1):
        share = step_up * tick
        parts.append(
            f'<line x1="{_LEFT:g}" x2="{right:g}" y1="{y(share):.1f}" y2="{y(share):.1f}" '
            f'stroke="#ddd"/><text x="{_LEFT - 6:g}" y="{y(share) + 4:.1f}" text-anchor="end">'
            f"{round(share * 100, 6):g}%</text>"
        )
    inside = [i for i, bar in enumerate(bars) if bar.inside]
    if inside:
        start, width = _LEFT + inside[0] * step, (inside[-1] - inside[0] + 1) * step
        label = Text("发现的范围", "found").to(language)
        # Beside a range that is too narrow for it.
        wide = width >= _LABEL
        beside = start + width + _LABEL <= right
        at = start + 4 if wide else start + width + 4 if beside else start - 4
        anchor = "start" if wide or beside else "end"
        parts.append(
            f'<rect x="{start:.1f}" y="{plot_top:g}" width="{width:.1f}" '
            f'height="{plot_bottom - plot_top:g}" fill="#e8eef7" stroke="#37568b" '
            f'stroke-dasharray="5 3"/><text x="{at:.1f}" y="{plot_top + 14:g}" '
            f'text-anchor="{anchor}" fill="#37568b">{label}</text>'
        )
    for place, bar in enumerate(bars):
        x = _LEFT + (place + 0.5) * step
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y(bar.low):.1f}" y2="{y(bar.high):.1f}" '
            f'stroke="#1a1a1a" stroke-width="1.5"/>'
            f'<circle cx="{x:.1f}" cy="{y(bar.share):.1f}" r="4" '
            f'fill="{"#1a1a1a" if bar.inside else "#fff"}" stroke="#1a1a1a" stroke-width="1.5"/>'
        )
    return "".join(parts) + _labels(bars, step, plot_bottom + 16)


def _labels(bars: Sequence[Bar], step: float, y: float) -> str:
    """Ranges are written at their bounds, values under their own bar; turned where crowded."""
    written = [
        (bar.name, i + 0.5) if bar.name else (f"{bar.start:,.6g}", float(i))
        for i, bar in enumerate(bars)
    ]
    if bars and not bars[-1].name:
        written.append((f"{bars[-1].end:,.6g}", float(len(bars))))
    crowded = any(_width(label) > step - 4 for label, _ in written)
    turned, anchor = (" rotate(28)", "start") if crowded else ("", "middle")
    return "".join(
        f'<text transform="translate({_LEFT + place * step:.1f} {y:g}){turned}" '
        f'text-anchor="{anchor}" font-size="11">{escape(label)}</text>'
        for label, place in written
    )


def _width(label: str) -> float:
    """About, in px, of letters of 11 px; a Chinese sign is as wide as two."""
    return sum(11.0 if ord(sign) > 0x2E7F else 6.3 for sign in label)


def _round_step(least: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(round(factor * power, 9) for factor in (1, 2, 5, 10) if factor * power >= least)
