"""What is drawn: a tree of boxes, from the event on the left to what it comes of on the right."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from tingzhen.diagnosis.result import Severity

NodeKind = Literal["perceived", "gate", "event", "fault", "group", "fact", "test", "transfer"]


@dataclass(frozen=True, slots=True)
class Node:
    """A box, in one language already.

    sign: what is written where the inputs of a gate join (IEC 61025: &, ≥1, ≥2/3); else empty.
    note: a smaller second line. edge: what is written at the line from the parent.
    strength: 0..1, the width of that line.
    """

    kind: NodeKind
    title: str
    note: str = ""
    sign: str = ""
    edge: str = ""
    strength: float = 0.0
    severity: Severity | None = None
    children: tuple["Node", ...] = ()

    def leaves(self) -> int:
        return sum(child.leaves() for child in self.children) if self.children else 1

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Node"]]:
        """This node and all below it, from top to bottom, with their depth."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def with_children(self, children: tuple["Node", ...]) -> "Node":
        return replace(self, children=children)


@dataclass(frozen=True, slots=True)
class Picture:
    """name: its file name without ending ("gate-overheats"). reading: how to read it.

    lines: remarks under the tree.
    """

    name: str
    heading: str
    reading: str
    root: Node
    lines: tuple[str, ...] = ()
