"""What a gate says of the faults below it: P of each leaf, and its share of the prior."""

from collections.abc import Iterable, Mapping, Sequence

from tingzhen.diagnosis.fault_trees.diagram import Diagram, diagram_of, probability
from tingzhen.diagnosis.fault_trees.gate import BasicEvent, Gate
from tingzhen.diagnosis.fault_trees.structure import Connective, leaves_under


def connectives(gates: Iterable[Gate]) -> dict[str, Connective]:
    """The gates without their names, by id."""
    return {gate.id: Connective(gate.at_least, gate.inputs) for gate in gates}


def leaf_probabilities(
    events: Iterable[BasicEvent], weights: Mapping[str, float], faulty: float
) -> dict[str, float]:
    """P of each leaf that a gate may have, by id.

    An event has the probability that stands with it. A fault has faulty * its share of the weights:
    `weights` are the priors of all mechanical faults, faulty = P(a fault of this base), 0..1.
    """
    total = sum(weights.values())
    chances = {fault: faulty * weight / total for fault, weight in weights.items()}
    return chances | {event.id: event.probability for event in events}


def leaf_shares(
    diagram: Diagram, given: Mapping[str, float], wanted: Sequence[str]
) -> dict[str, float]:
    """How the wanted leaves share a top event: P(leaf and top), made to add up to 1."""
    own = {leaf: given[leaf] for leaf in diagram.leaves}  # a base may have a hundred thousand more
    joint = {leaf: own[leaf] * probability(diagram, {**own, leaf: 1.0}) for leaf in wanted}
    total = sum(joint.values())
    return {leaf: chance / total for leaf, chance in joint.items()}


def priors_from_gates(
    gates: Sequence[Gate],
    events: Sequence[BasicEvent],
    stated: Mapping[str, float],
    faulty: float,
) -> dict[str, float]:
    """Prior weights of the faults that state none, by id: their gate's prior times their share.

    stated: the priors of the mechanical faults that have one. Such a fault must be one event below
    one gate with a prior, which the check of the base asks for. Raises TreeTooLarge.
    """
    with_prior = [(gate, gate.prior) for gate in gates if gate.prior is not None]
    if not with_prior:
        return {}
    shape = connectives(gates)
    inputs = {name: gate.inputs for name, gate in shape.items()}
    weights = {**stated, **{gate.id: prior for gate, prior in with_prior}}
    given = leaf_probabilities(events, weights, faulty)
    fault_of = {event.id: event.fault for event in events}
    found: dict[str, float] = {}
    for gate, prior in with_prior:
        below = leaves_under(gate.id, inputs)
        open_ = [leaf for leaf in below if fault_of.get(leaf) and fault_of[leaf] not in stated]
        shares = leaf_shares(diagram_of(gate.id, shape), given, open_) if open_ else {}
        for leaf, share in shares.items():
            fault = fault_of[leaf]
            if fault is not None:
                found[fault] = prior * share
    return found
