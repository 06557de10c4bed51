"""A large tree on several pages: a branch moves to its own page, a long row is cut in parts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tingzhen.diagnosis.knowledge_drawing.node import Node
from tingzhen.diagnosis.knowledge_drawing.phrases import said
from tingzhen.language import Language

MOST_LEAVES: Final = 28
"""Rows of a page that is read without scrolling far."""
_SMALLEST_BRANCH: Final = 4


def pages(root: Node, language: Language) -> list[Node]:
    """The tree as one page or more, each with at most MOST_LEAVES leaves. Nothing is left out.

    Where a branch has moved, a transfer (IEC 61025) stands with the number of its page.
    """
    branches, first_page, done = [root], dict[str, int](), list[Node]()
    while len(first_page) < len(branches):
        number = len(first_page)
        first_page[_marker(number)] = len(done) + 1
        done += _parts(_shrunk(branches[number], branches), language)
    return [_numbered(page, first_page, language) for page in done]


def _shrunk(node: Node, branches: list[Node]) -> Node:
    """The node with so many of its largest branches moved that it fits, if that is enough."""
    if node.leaves() <= MOST_LEAVES:
        return node
    if len(node.children) == 1:
        return node.with_children((_shrunk(node.children[0], branches),))
    children = list(node.children)
    while sum(child.leaves() for child in children) > MOST_LEAVES:
        largest = max(range(len(children)), key=lambda n: children[n].leaves())
        branch = children[largest]
        if branch.leaves() < _SMALLEST_BRANCH:
            break
        children[largest] = Node("transfer", branch.title, _marker(len(branches)),
                                 edge=branch.edge, strength=branch.strength)  # fmt: skip
        branches.append(replace(branch, edge="", strength=0.0))
    return node.with_children(tuple(children))


def _parts(node: Node, language: Language) -> list[Node]:
    """The node once, or once for each part of its children."""
    if node.leaves() <= MOST_LEAVES:
        return [node]
    if len(node.children) == 1:
        return [node.with_children((part,)) for part in _parts(node.children[0], language)]
    rows: list[list[Node]] = [[]]
    for child in node.children:
        if rows[-1] and sum(c.leaves() for c in (*rows[-1], child)) > MOST_LEAVES:
            rows.append([])
        rows[-1].append(child)
    notes = [said("part", language, number, len(rows)) for number in range(1, len(rows) + 1)]
    return [
        replace(node, note=f"{node.note} · {note}" if node.note else note, children=tuple(row))
        for row, note in zip(rows, notes, strict=True)
    ]


def _marker(branch: int) -> str:
    return f"\0{branch}"


def _numbered(node: Node, first_page: Mapping[str, int], language: Language) -> Node:
    children = tuple(_numbered(child, first_page, language) for child in node.children)
    if node.kind == "transfer" and node.note in first_page:
        return replace(node, note=said("on_page", language, first_page[node.note]))
    return node.with_children(children)
