"""Where every box goes: columns from left to right, no two boxes on one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tingzhen.diagnosis.knowledge_drawing.node import Node
from tingzhen.diagnosis.knowledge_drawing.text_width import width_em, wrapped

FONT_PX: Final = 14
NOTE_PX: Final = 12
LINE_PX: Final = 19
PAD_PX: Final = 10
MARK_PX: Final = 18
"""Room at the left of a box for its sign."""
WIDEST_PX: Final = 290
NARROWEST_PX: Final = 90
GAP_PX: Final = 12
GUTTER_PX: Final = 84
GATE_PX: Final = 46
_TITLE_LINES: Final = 12
_NOTE_LINES: Final = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its place in px; y is the top. parent: index of the box it hangs from."""

    node: Node
    parent: int | None
    depth: int
    x: float
    y: float
    width: float
    height: float
    title: tuple[str, ...]
    note: tuple[str, ...]

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Layout:
    boxes: tuple[Box, ...]
    width: float
    height: float


@dataclass(slots=True)
class _Measured:
    node: Node
    title: list[str]
    note: list[str]
    width: float
    height: float
    below: list["_Measured"]

    @property
    def span(self) -> float:
        """Height of the whole subtree."""
        return max(self.height, _stacked(self.below))


def _stacked(below: Sequence[_Measured]) -> float:
    return sum(part.span for part in below) + GAP_PX * max(0, len(below) - 1)


def lay_out(root: Node) -> Layout:
    """Each box is centred on what hangs from it; a subtree never leaves its own band of heights."""
    measured = _measure(root)
    widths: dict[int, float] = {}
    _widest(measured, 0, widths)
    gates = {depth for depth, node in root.walk() if node.sign}
    lefts = [0.0]
    for depth in range(len(widths)):
        sign = GATE_PX if depth in gates else 0
        lefts.append(lefts[-1] + widths[depth] + sign + GUTTER_PX)
    boxes: list[Box] = []
    waiting: list[tuple[_Measured, int | None, int, float]] = [(measured, None, 0, 0.0)]
    while waiting:
        part, parent, depth, top = waiting.pop()
        y = top + (part.span - part.height) / 2
        child_top = top + (part.span - _stacked(part.below)) / 2
        for child in part.below:
            waiting.append((child, len(boxes), depth + 1, child_top))
            child_top += child.span + GAP_PX
        boxes.append(Box(part.node, parent, depth, lefts[depth], y, part.width, part.height,
                         tuple(part.title), tuple(part.note)))  # fmt: skip
    return Layout(tuple(boxes), max(box.x + box.width for box in boxes), measured.span)


def _measure(node: Node) -> _Measured:
    inner = WIDEST_PX - 2 * PAD_PX - MARK_PX
    title = wrapped(node.title, inner / FONT_PX, _TITLE_LINES)
    note = wrapped(node.note, inner / NOTE_PX, _NOTE_LINES) if node.note else []
    text = max(
        [FONT_PX * width_em(line) for line in title] + [NOTE_PX * width_em(line) for line in note]
    )
    width = max(NARROWEST_PX, text + 2 * PAD_PX + MARK_PX)
    height = LINE_PX * (len(title) + len(note)) + 2 * PAD_PX - 4
    return _Measured(node, title, note, width, height, [_measure(c) for c in node.children])


def _widest(part: _Measured, depth: int, widths: dict[int, float]) -> None:
    widths[depth] = max(widths.get(depth, 0.0), part.width)
    for child in part.below:
        _widest(child, depth + 1, widths)
