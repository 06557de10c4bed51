"""A gate with all below it, the probability of each event, and the minimal cut sets."""

from tingzhen.diagnosis.fault_trees import (
    Gate,
    connectives,
    diagram_of,
    leaf_probabilities,
    minimal_cut_sets,
    probability,
)
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.knowledge_drawing.node import Node
from tingzhen.diagnosis.knowledge_drawing.phrases import percent, said, severity_said
from tingzhen.language import Language

_CUT_SETS = 8


def gate_node(knowledge: KnowledgeBase, id_: str, language: Language) -> Node:
    """The tree below the gate; each box says its exact probability."""
    return _node(_Tree(knowledge), id_, language)


def gate_lines(knowledge: KnowledgeBase, id_: str, language: Language) -> tuple[str, ...]:
    """The most probable minimal cut sets, and how many there are."""
    tree = _Tree(knowledge)
    found = minimal_cut_sets(diagram_of(id_, tree.shape), tree.chances, _CUT_SETS)
    lines = [said("cut_sets", language, found.count)]
    for place, cut in enumerate(found.most_probable, 1):
        names = " + ".join(tree.name(leaf, language) for leaf in cut.leaves)
        lines.append(f"{place}. {names} ({percent(cut.probability)})")
    if found.count > len(found.most_probable):
        lines.append("…")
    return tuple(lines)


class _Tree:
    """The gates of a base with the probabilities of their leaves."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        settings = knowledge.settings
        self.gates = {gate.id: gate for gate in knowledge.gates}
        self.events = {event.id: event for event in knowledge.events}
        self.faults = {fault.id: fault for fault in knowledge.faults}
        self.shape = connectives(knowledge.gates)
        self.chances = leaf_probabilities(
            knowledge.events,
            {f.id: f.prior for f in knowledge.faults if f.damage is None},
            1.0 - settings.healthy_prior - settings.other_prior,
        )

    def name(self, leaf: str, language: Language) -> str:
        named = self.events.get(leaf) or self.faults[leaf]
        return named.name.to(language)


def _node(tree: _Tree, id_: str, language: Language) -> Node:
    gate = tree.gates.get(id_)
    if gate is not None:
        chance = probability(diagram_of(id_, tree.shape), tree.chances)
        children = tuple(_node(tree, child, language) for child in gate.inputs)
        return Node("gate", gate.name.to(language), said("probability", language, percent(chance)),
                    sign=_sign(gate), children=children)  # fmt: skip
    chance_said = said("probability", language, percent(tree.chances[id_]))
    event = tree.events.get(id_)
    fault = tree.faults.get((event.fault or "") if event else id_)
    if fault is None:
        note = f"{said('condition', language)} · {chance_said}"
        return Node("event", tree.name(id_, language), note)
    note = f"{chance_said} · {severity_said(fault.severity, fault.drive, language)}"
    return Node("fault", tree.name(id_, language), note, severity=fault.severity)


def _sign(gate: Gate) -> str:
    if gate.kind == "and":
        return "&"
    return "≥1" if gate.kind == "or" else f"≥{gate.at_least}/{len(gate.inputs)}"
