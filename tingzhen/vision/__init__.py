"""Damage types, and the recogniser that sees them in frames."""

from typing import TYPE_CHECKING, Any

from tingzhen.vision.findings import DamageFinding, DamageFindings, DamageScore, DamageVerdict
from tingzhen.vision.vocabulary import (
    DAMAGE_NAMES,
    DAMAGE_TYPES,
    EXPERIMENTAL_DAMAGES,
    EXPERIMENTAL_MARK,
    NO_DAMAGE,
    VISIBLE_DAMAGES,
    DamageType,
    damage_name,
)

if TYPE_CHECKING:
    from tingzhen.vision.frames import TimedFrame
    from tingzhen.vision.heatmap import draw_heat, encode_png, heat_layer
    from tingzhen.vision.overlay import damage_colour, draw_findings, encode_jpeg
    from tingzhen.vision.recogniser import DamageRecogniser

__all__ = [
    "DAMAGE_NAMES",
    "DAMAGE_TYPES",
    "EXPERIMENTAL_DAMAGES",
    "EXPERIMENTAL_MARK",
    "NO_DAMAGE",
    "VISIBLE_DAMAGES",
    "DamageFinding",
    "DamageFindings",
    "DamageRecogniser",
    "DamageScore",
    "DamageType",
    "DamageVerdict",
    "TimedFrame",
    "damage_colour",
    "damage_name",
    "draw_findings",
    "draw_heat",
    "encode_jpeg",
    "encode_png",
    "heat_layer",
]


def __getattr__(name: str) -> Any:
    """The vocabulary is needed everywhere; OpenCV and ONNX Runtime only where something runs."""
    if name == "DamageRecogniser":
        from tingzhen.vision.recogniser import DamageRecogniser  # noqa: PLC0415

        return DamageRecogniser
    if name == "TimedFrame":
        from tingzhen.vision.frames import TimedFrame  # noqa: PLC0415

        return TimedFrame
    if name in {"draw_findings", "encode_jpeg", "damage_colour"}:
        from tingzhen.vision import overlay  # noqa: PLC0415

        return getattr(overlay, name)
    if name in {"draw_heat", "encode_png", "heat_layer"}:
        from tingzhen.vision import heatmap  # noqa: PLC0415

        return getattr(heatmap, name)
    raise AttributeError(name)
