"""Drawings of a knowledge base: fault trees, causes of a noise or damage, systems, faults."""

from tingzhen.diagnosis.knowledge_drawing.draw import contents_page, draw, heading
from tingzhen.diagnosis.knowledge_drawing.pictures import (
    DRAWN_KINDS,
    DrawnKind,
    drawable,
    find_drawable,
    picture,
)

__all__ = [
    "DRAWN_KINDS",
    "DrawnKind",
    "contents_page",
    "draw",
    "drawable",
    "find_drawable",
    "heading",
    "picture",
]
