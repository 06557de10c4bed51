"""From a base to pictures: a fault tree, what makes a noise, what is in a system, one fault."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, get_args

from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_NAMES
from tingzhen.diagnosis.knowledge import Fault, KnowledgeBase
from tingzhen.diagnosis.knowledge_drawing.fault_chart import fault_branches
from tingzhen.diagnosis.knowledge_drawing.gate_tree import gate_lines, gate_node
from tingzhen.diagnosis.knowledge_drawing.node import Node, Picture
from tingzhen.diagnosis.knowledge_drawing.phrases import number, percent, said, severity_said
from tingzhen.errors import KnowledgeError
from tingzhen.language import Language, Text
from tingzhen.vision.vocabulary import DAMAGE_NAMES, VISIBLE_DAMAGES

DrawnKind = Literal["gate", "noise", "damage", "system", "fault"]
DRAWN_KINDS: Final[tuple[DrawnKind, ...]] = get_args(DrawnKind)


def drawable(knowledge: KnowledgeBase) -> list[tuple[DrawnKind, str]]:
    """Everything that can be drawn, as kind and id."""
    return [
        *(("gate", gate.id) for gate in knowledge.gates),
        *(("noise", n) for n in FAULT_NOISES if any(n in f.noises for f in knowledge.faults)),
        *(("damage", d) for d in VISIBLE_DAMAGES if any(d == f.damage for f in knowledge.faults)),
        *(("system", s.id) for s in knowledge.systems
          if any(s.id == f.system for f in knowledge.faults)),
        *(("fault", fault.id) for fault in knowledge.faults),
    ]  # fmt: skip


def find_drawable(knowledge: KnowledgeBase, wanted: str) -> tuple[DrawnKind, str]:
    """The thing of that id, or of that "kind:id".

    Raises KnowledgeError when there is none, or several and the kind is not said.
    """
    there = drawable(knowledge)
    found = [(kind, id_) for kind, id_ in there if wanted in (id_, f"{kind}:{id_}")]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{kind}:{id_}" for kind, id_ in found)
        raise KnowledgeError(Text(
            f"“{wanted}”有多种含义，请写 {listed} 之一。",
            f'"{wanted}" may be several things: write one of {listed}.',
        ))  # fmt: skip
    raise KnowledgeError(Text(
        f"知识库中没有“{wanted}”。可以是门、声音、外观损伤、系统或故障的编号。",
        f'The base has no "{wanted}": it must be the id of a gate, noise, damage, system or fault.',
    ))  # fmt: skip


def picture(knowledge: KnowledgeBase, kind: DrawnKind, id_: str, language: Language) -> Picture:
    """What the drawing of that thing shows, in one language."""
    name = f"{kind}-{id_}"
    if kind == "gate":
        root = gate_node(knowledge, id_, language)
        lines = gate_lines(knowledge, id_, language)
    elif kind == "fault":
        fault = next(fault for fault in knowledge.faults if fault.id == id_)
        root = fault_node(fault, language).with_children(fault_branches(knowledge, fault, language))
        lines = ()
    else:
        root, lines = _cause_tree(knowledge, kind, id_, language), ()
    heading = said("heading", language, said(kind, language), root.title)
    return Picture(name, heading, said(f"read_{kind}", language), root, lines)


def fault_node(fault: Fault, language: Language, edge: str = "", strength: float = 0.0) -> Node:
    note = severity_said(fault.severity, fault.drive, language)
    return Node("fault", fault.name.to(language), note, edge=edge, strength=strength,
                severity=fault.severity)  # fmt: skip


def _cause_tree(knowledge: KnowledgeBase, kind: DrawnKind, id_: str, language: Language) -> Node:
    if kind == "noise":
        root = Node(
            "perceived", next(NOISE_NAMES[n] for n in FAULT_NOISES if n == id_).to(language)
        )
        linked = [(f, f.noises[n]) for f in knowledge.faults for n in f.noises if n == id_]
        linked.sort(key=lambda pair: -pair[1] * pair[0].prior)
        leaves = [(f, fault_node(f, language, percent(p), p)) for f, p in linked]
        groups = sorted(_by_system(knowledge, leaves, language), key=lambda node: -node.strength)
        return root.with_children(tuple(groups))
    if kind == "damage":
        root = Node(
            "perceived", next(DAMAGE_NAMES[d] for d in VISIBLE_DAMAGES if d == id_).to(language)
        )
        causes = sorted((f for f in knowledge.faults if f.damage == id_), key=lambda f: -f.prior)
        total = sum(f.prior for f in causes)
        return root.with_children(tuple(
            fault_node(f, language, percent(f.prior / total), f.prior / total) for f in causes
        ))  # fmt: skip
    system = next(system for system in knowledge.systems if system.id == id_)
    faults = [f for f in knowledge.faults if f.system == id_]
    return Node("group", system.name.to(language),
                children=tuple(_by_component(knowledge, faults, language)))  # fmt: skip


def _by_system(
    knowledge: KnowledgeBase, leaves: Sequence[tuple[Fault, Node]], language: Language
) -> Iterator[Node]:
    for system in knowledge.systems:
        own = tuple(node for fault, node in leaves if fault.system == system.id)
        if own:
            yield Node("group", system.name.to(language), children=own,
                       strength=max(node.strength for node in own))  # fmt: skip


def _by_component(
    knowledge: KnowledgeBase, faults: Sequence[Fault], language: Language
) -> Iterator[Node]:
    names = {c.id: c.name for c in knowledge.components}
    for component in dict.fromkeys(fault.component for fault in faults):
        own = tuple(
            fault_node(f, language, number(f.prior)) for f in faults if f.component == component
        )
        known = names.get(component) if component is not None else None
        name = known.to(language) if known else said("no_component", language)
        yield Node("group", name, children=own)
