"""Binary decision diagrams: a fault tree in a form whose probability is exact.

R. E. Bryant, Graph-Based Algorithms for Boolean Function Manipulation, IEEE Trans. Computers 35(8),
1986; for fault trees A. Rauzy, New algorithms for fault trees analysis, Reliability Engineering and
System Safety 40, 1993. Leaves that occur at several places count once, which sums and products over
the gates would get wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tingzhen.diagnosis.fault_trees.structure import Connective, leaves_by

MOST_LEAVES: Final = 300
MOST_NODES: Final = 200_000
FALSE: Final = 0
TRUE: Final = 1


class TreeTooLarge(ValueError):
    """The tree has more leaves than MOST_LEAVES or a diagram of more than MOST_NODES nodes."""


@dataclass(slots=True)
class Diagram:
    """Reduced ordered diagram. Nodes 0 and 1 are false and true.

    leaves: ids in the order of their level. nodes[n]: level, node when that leaf is false, when it
    is true. root: the node of the top event.
    """

    leaves: tuple[str, ...]
    nodes: list[tuple[int, int, int]]
    root: int = FALSE
    _known: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def node(self, level: int, low: int, high: int) -> int:
        """The node with these branches, made when there is none; none is needed when they agree."""
        return low if low == high else self.unique((level, low, high))

    def unique(self, key: tuple[int, int, int]) -> int:
        """The one node with this level and these branches."""
        known = self._known.get(key)
        if known is None:
            if len(self.nodes) >= MOST_NODES:
                raise TreeTooLarge(f"more than {MOST_NODES} nodes")
            known = self._known[key] = len(self.nodes)
            self.nodes.append(key)
        return known


def diagram_of(root: str, gates: Mapping[str, Connective]) -> Diagram:
    """The diagram of the event `root`. Raises TreeTooLarge. The tree must be without cycles."""

    def inputs_of(event: str) -> tuple[str, ...] | None:
        gate = gates.get(event)
        return gate.inputs if gate is not None else None

    leaves = leaves_by(root, inputs_of)
    if len(leaves) > MOST_LEAVES:
        raise TreeTooLarge(f"more than {MOST_LEAVES} leaves")
    bottom = len(leaves)
    diagram = Diagram(leaves, [(bottom, FALSE, FALSE), (bottom, TRUE, TRUE)])
    level = {leaf: place for place, leaf in enumerate(leaves)}
    made: dict[str, int] = {}
    waiting = [root]
    while waiting:
        event = waiting[-1]
        gate = gates.get(event)
        missing = [child for child in gate.inputs if child not in made] if gate else []
        if missing:
            waiting += missing
            continue
        waiting.pop()
        if gate is None:
            made[event] = diagram.node(level[event], FALSE, TRUE)
        else:
            inputs = [made[child] for child in gate.inputs]
            made[event] = _at_least(diagram, gate.at_least, inputs)
    diagram.root = made[root]
    return diagram


def probability(diagram: Diagram, given: Mapping[str, float]) -> float:
    """P(top event), exact, for leaves that are independent. given: P of each leaf, 0..1."""
    chance = [0.0, 1.0]
    for level, low, high in diagram.nodes[2:]:
        p = given[diagram.leaves[level]]
        chance.append((1.0 - p) * chance[low] + p * chance[high])
    return chance[diagram.root]


def _at_least(diagram: Diagram, needed: int, inputs: Sequence[int]) -> int:
    """Node of "at least `needed` of the inputs", from the last input to the first."""
    # reached[k]: the node of "at least k of the inputs that follow".
    reached = [TRUE] + [FALSE] * needed
    memo: dict[tuple[bool, int, int], int] = {}
    for event in reversed(inputs):
        for k in range(needed, 0, -1):
            both = _join(diagram, True, event, reached[k - 1], memo)
            reached[k] = _join(diagram, False, both, reached[k], memo)
    return reached[needed]


def _join(
    diagram: Diagram, conjunction: bool, a: int, b: int, memo: dict[tuple[bool, int, int], int]
) -> int:
    """a AND b, or a OR b."""
    neutral, absorbing = (TRUE, FALSE) if conjunction else (FALSE, TRUE)
    if absorbing in (a, b):
        return absorbing
    if a in (neutral, b):
        return b
    if b == neutral:
        return a
    key = (conjunction, a, b) if a < b else (conjunction, b, a)
    if key not in memo:
        (level_a, low_a, high_a), (level_b, low_b, high_b) = diagram.nodes[a], diagram.nodes[b]
        level = min(level_a, level_b)
        if level_a > level:
            low_a = high_a = a
        if level_b > level:
            low_b = high_b = b
        memo[key] = diagram.node(
            level,
            _join(diagram, conjunction, low_a, low_b, memo),
            _join(diagram, conjunction, high_a, high_b, memo),
        )
    return memo[key]
