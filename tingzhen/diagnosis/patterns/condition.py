"""A condition: one or two parts, each a range of a number or one value of a category."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.patterns.attributes import Attributes, attribute_name, value_name
from tingzhen.language import Text


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """low <= number < high, or the category has this value.

    attribute: a name of `NUMBERS` or `CATEGORIES`. value: None for a range.
    """

    attribute: str
    value: str | None = None
    low: float = -math.inf
    high: float = math.inf

    @property
    def key(self) -> str:
        """The column of `Attributes` that it is about."""
        return (
            f"{self.attribute}={self.value}"
            if self.attribute in ("when", "code")
            else (self.attribute)
        )

    def text(self) -> Text:
        """A clause: "the air humidity is 80 % or more"."""
        name = attribute_name(self.attribute)
        if self.value is not None:
            value = value_name(self.attribute, self.value)
            if self.attribute == "when":
                return Text(f"{value.zh}时出现", f"it shows {value.en}")
            if self.attribute == "code":
                return Text(f"存有故障码 {value.zh}", f"trouble code {value.en} is stored")
            return Text(f"{name.zh}为{value.zh}", f"the {name.en} is {value.en}")
        return Text(name.zh + self.range_text().zh, f"the {name.en} is {self.range_text().en}")

    def range_text(self) -> Text:
        """Only the range: "80 % or more"."""
        unit = UNITS[self.attribute]
        low, high = _number(self.low, self.attribute), _number(self.high, self.attribute)
        if self.low == -math.inf:
            return Text(f"低于 {high}{unit}", f"below {high}{unit}")
        if self.high == math.inf:
            return Text(f"不低于 {low}{unit}", f"{low}{unit} or more")
        return Text(f"不低于 {low}{unit} 且低于 {high}{unit}",
                    f"from {low}{unit} to below {high}{unit}")  # fmt: skip


Condition = tuple[Part, ...]
"""One or two parts that hold together, in the order of their attributes."""

UNITS = {"ambient_c": " °C", "humidity_pct": " %", "speed_kmh": " km/h", "mileage_km": " km",
         "year": ""}  # fmt: skip


def condition_text(condition: Condition) -> Text:
    """In words: "the outside temperature is below 5 °C and the air humidity is 80 % or more"."""
    texts = [part.text() for part in condition]
    return Text("且".join(t.zh for t in texts), " and ".join(t.en for t in texts))


def known_and_inside(
    attributes: Attributes, condition: Condition
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """bool (N,) each: all attributes of the condition are known, and the condition holds."""
    known = np.ones(attributes.count, dtype=np.bool_)
    inside = np.ones(attributes.count, dtype=np.bool_)
    for part in condition:
        column = attributes.columns.get(part.key)
        if column is None:
            return np.zeros_like(known), np.zeros_like(known)
        known &= ~np.isnan(column.values)
        with np.errstate(invalid="ignore"):
            if part.value is None:
                inside &= (column.values >= part.low) & (column.values < part.high)
            else:
                inside &= column.values == column.code(part.value)
    return known, inside & known


def probably_inside(attributes: Attributes, condition: Condition) -> NDArray[np.float64]:
    """Probability that the condition holds, float64 (N,): 1 or 0 where that is known, else its
    share among the cases that are alike in what is known."""
    known, inside = known_and_inside(attributes, condition)
    share = inside.astype(np.float64)
    parts = [known_and_inside(attributes, (part,)) for part in condition]
    for chosen in itertools.product((False, True), repeat=len(parts)):
        # The cases in which exactly the chosen parts are known.
        exactly = np.ones(attributes.count, dtype=np.bool_)
        alike = known.copy()
        for (part_known, part_holds), wanted in zip(parts, chosen, strict=True):
            exactly &= part_known == wanted
            if wanted:
                exactly &= part_holds
                alike &= part_holds
        if not all(chosen) and alike.any():
            share[exactly] = float(inside[alike].mean())
    return share


def _number(value: float, attribute: str) -> str:
    if attribute != "year" and math.isfinite(value) and value == round(value):
        return f"{value:,.0f}"
    return f"{value:.0f}" if attribute == "year" else f"{value:g}"
