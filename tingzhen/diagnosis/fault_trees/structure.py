"""The shape of fault trees: which gate leads to what, tops, leaves, cycles."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Inputs = Mapping[str, Sequence[str]]
"""Gate id to the ids of its inputs; an id that is no gate is a leaf."""


@dataclass(frozen=True, slots=True)
class Connective:
    """A gate without its names: true when at least `at_least` of its inputs are."""

    at_least: int
    inputs: tuple[str, ...]


def leaves_under(root: str, inputs: Inputs) -> tuple[str, ...]:
    """Leaves below `root` (itself, when it is no gate), from left to right, each once.

    The tree must be without cycles.
    """
    return leaves_by(root, inputs.get)


def leaves_by(root: str, inputs_of: Callable[[str], Sequence[str] | None]) -> tuple[str, ...]:
    """The same; inputs_of gives None for a leaf."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        below = inputs_of(node)
        if below is None:
            found[node] = None
        else:
            waiting += reversed(below)
    return tuple(found)


def top_gates(inputs: Inputs) -> tuple[str, ...]:
    """Gates that are no other gate's input."""
    below = {node for nodes in inputs.values() for node in nodes}
    return tuple(gate for gate in inputs if gate not in below)


def cycles(inputs: Inputs) -> Iterator[tuple[str, ...]]:
    """One path for each edge that closes a circle: a, b, c when c leads back to a."""
    done: set[str] = set()
    for start in inputs:
        path: list[str] = []
        on_path: set[str] = set()
        waiting: list[tuple[str, bool]] = [(start, True)]
        while waiting:
            node, entering = waiting.pop()
            if not entering:
                on_path.discard(path.pop())
                done.add(node)
            elif node in on_path:
                yield tuple(path[path.index(node) :])
            elif node in inputs and node not in done:
                path.append(node)
                on_path.add(node)
                waiting.append((node, False))
                waiting += [(child, True) for child in reversed(inputs[node])]
