"""Minimal cut sets: the smallest sets of leaves that together bring about the top event.

Made on the decision diagram (A. Rauzy 1993, see diagram.py); the same sets as MOCUS finds (J. B.
Fussell and W. E. Vesely 1972) without listing those that are not minimal.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass

from tingzhen.diagnosis.fault_trees.diagram import FALSE, TRUE, Diagram


@dataclass(frozen=True, slots=True)
class CutSet:
    """leaves: in the order of the tree. probability: P(all of them), 0..1."""

    leaves: tuple[str, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class CutSets:
    """The most probable minimal cut sets, that one first, and how many there are in all."""

    most_probable: tuple[CutSet, ...]
    count: int


def minimal_cut_sets(diagram: Diagram, given: Mapping[str, float], most: int) -> CutSets:
    """At most `most` of the minimal cut sets. given: P of each leaf, 0..1, independent.

    Raises TreeTooLarge where the sets need more nodes than diagram.MOST_NODES.
    """
    family = _Family(diagram)
    root = family.minimal(diagram.root)
    return CutSets(family.most_probable(root, given, most), family.count(root))


class _Family:
    """Sets of sets as a diagram: high branch with the leaf, low branch without (zero-suppressed).

    Node 0 is the empty family, node 1 the family that holds only the empty set.
    """

    def __init__(self, diagram: Diagram) -> None:
        self.of = diagram
        self.sets = Diagram(diagram.leaves, list(diagram.nodes[:2]))
        self._minimal: dict[int, int] = {}
        self._without: dict[tuple[int, int], int] = {}

    def _node(self, level: int, low: int, high: int) -> int:
        if high == FALSE:
            return low
        # A high branch equal to the low one is a real set here: made by hand, not reduced.
        key = level, low, high
        return self.sets.unique(key)

    def minimal(self, node: int) -> int:
        """The minimal sets of leaves that make this node of the decision diagram true."""
        if node in (FALSE, TRUE):
            return node
        if node not in self._minimal:
            level, low, high = self.of.nodes[node]
            without_leaf = self.minimal(low)
            with_leaf = self.without(self.minimal(high), without_leaf)
            self._minimal[node] = self._node(level, without_leaf, with_leaf)
        return self._minimal[node]

    def without(self, family: int, others: int) -> int:
        """The sets of the family that contain none of the other sets."""
        if FALSE in (family, others):
            return family
        if others == TRUE:
            return FALSE
        if family == TRUE:
            return TRUE
        key = family, others
        if key not in self._without:
            level, low, high = self.sets.nodes[family]
            level_o, low_o, high_o = self.sets.nodes[others]
            if level < level_o:
                made = self._node(level, self.without(low, others), self.without(high, others))
            elif level > level_o:
                made = self.without(family, low_o)
            else:
                rest = self.without(self.without(high, high_o), low_o)
                made = self._node(level, self.without(low, low_o), rest)
            self._without[key] = made
        return self._without[key]

    def count(self, root: int) -> int:
        counts = [0, 1]
        for _, low, high in self.sets.nodes[2:]:
            counts.append(counts[low] + counts[high])
        return counts[root]

    def most_probable(self, root: int, given: Mapping[str, float], most: int) -> tuple[CutSet, ...]:
        """Best first: a partial set is followed by the best that can still come of it."""
        best = [0.0, 1.0]
        for level, low, high in self.sets.nodes[2:]:
            best.append(max(best[low], given[self.sets.leaves[level]] * best[high]))
        found: list[CutSet] = []
        waiting: list[tuple[float, int, int, float, tuple[int, ...]]] = []
        if root != FALSE:
            waiting.append((-best[root], 0, root, 1.0, ()))
        order = 0
        while waiting and len(found) < most:
            _, _, node, chance, chosen = heapq.heappop(waiting)
            if node == TRUE:
                leaves = tuple(self.sets.leaves[level] for level in chosen)
                found.append(CutSet(leaves, chance))
                continue
            level, low, high = self.sets.nodes[node]
            p = given[self.sets.leaves[level]]
            for child, so_far, with_ in (
                (low, chance, chosen), (high, chance * p, (*chosen, level)),
            ):  # fmt: skip
                if child != FALSE:
                    order += 1
                    heapq.heappush(waiting, (-so_far * best[child], order, child, so_far, with_))
        return tuple(found)
