"""Probabilities, cut sets and shares against the truth table, and cycles against networkx."""

from collections.abc import Mapping
from itertools import pairwise, product
from math import isclose, prod

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.diagnosis.fault_trees import (
    BasicEvent,
    Connective,
    Gate,
    TreeTooLarge,
    cycles,
    diagram_of,
    leaf_shares,
    leaves_under,
    minimal_cut_sets,
    priors_from_gates,
    probability,
    top_gates,
)
from tingzhen.language import Text

Gates = dict[str, Connective]
LEAVES = ("a", "b", "c", "d", "e", "f", "g")
GATES = ("G0", "G1", "G2", "G3", "G4")


@st.composite
def trees(draw: st.DrawFn) -> tuple[Gates, dict[str, float]]:
    """Up to five gates over up to seven leaves that several gates share; G0 is the top."""
    gates: Gates = {}
    for number, name in enumerate(GATES):
        below = (*GATES[number + 1 :], *LEAVES)
        inputs = draw(st.lists(st.sampled_from(below), min_size=1, max_size=5, unique=True))
        gates[name] = Connective(draw(st.integers(1, len(inputs))), tuple(inputs))
    chances = {leaf: draw(st.floats(0.001, 0.999)) for leaf in LEAVES}
    return gates, chances


def happens(event: str, gates: Mapping[str, Connective], true: frozenset[str]) -> bool:
    gate = gates.get(event)
    if gate is None:
        return event in true
    return sum(happens(child, gates, true) for child in gate.inputs) >= gate.at_least


def truth_table(gates: Gates, root: str) -> list[frozenset[str]]:
    """Every set of leaves with which the root happens."""
    leaves = leaves_under(root, {name: gate.inputs for name, gate in gates.items()})
    states = (
        frozenset(leaf for leaf, on in zip(leaves, state, strict=True) if on)
        for state in product((False, True), repeat=len(leaves))
    )
    return [state for state in states if happens(root, gates, state)]


def chance_of(
    state: frozenset[str], leaves: tuple[str, ...], chances: Mapping[str, float]
) -> float:
    return prod(chances[leaf] if leaf in state else 1 - chances[leaf] for leaf in leaves)


@given(trees())
@settings(max_examples=60, deadline=None)
def test_the_probability_of_the_top_is_that_of_the_truth_table(
    tree: tuple[Gates, dict[str, float]],
) -> None:
    gates, chances = tree
    diagram = diagram_of("G0", gates)
    brute = sum(chance_of(s, diagram.leaves, chances) for s in truth_table(gates, "G0"))
    assert isclose(probability(diagram, chances), brute, rel_tol=1e-9)


@given(trees())
@settings(max_examples=60, deadline=None)
def test_the_minimal_cut_sets_are_those_of_the_truth_table(
    tree: tuple[Gates, dict[str, float]],
) -> None:
    gates, chances = tree
    states = truth_table(gates, "G0")
    minimal = {s for s in states if not any(other < s for other in states)}
    found = minimal_cut_sets(diagram_of("G0", gates), chances, most=1000)
    assert {frozenset(cut.leaves) for cut in found.most_probable} == minimal
    assert found.count == len(minimal)
    for cut in found.most_probable:
        assert isclose(cut.probability, prod(chances[leaf] for leaf in cut.leaves))
    listed = [cut.probability for cut in found.most_probable]
    assert all(a >= b * (1 - 1e-12) for a, b in pairwise(listed))
    first = minimal_cut_sets(diagram_of("G0", gates), chances, most=2).most_probable
    assert [c.probability for c in first] == pytest.approx(listed[:2])


@given(trees())
@settings(max_examples=60, deadline=None)
def test_shares_are_those_of_the_truth_table(tree: tuple[Gates, dict[str, float]]) -> None:
    gates, chances = tree
    diagram = diagram_of("G0", gates)
    joint = {
        leaf: sum(
            chance_of(s, diagram.leaves, chances) for s in truth_table(gates, "G0") if leaf in s
        )
        for leaf in diagram.leaves
    }
    shares = leaf_shares(diagram, chances, diagram.leaves)
    total = sum(joint.values())
    assert shares == pytest.approx({leaf: value / total for leaf, value in joint.items()})


def test_a_vote_of_many_is_the_binomial_tail() -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    leaves = tuple(f"x{i}" for i in range(60))
    diagram = diagram_of("top", {"top": Connective(7, leaves)})
    expected = float(scipy_stats.binom.sf(6, 60, 0.05))
    assert probability(diagram, dict.fromkeys(leaves, 0.05)) == pytest.approx(expected, rel=1e-9)


def test_a_bridge_gives_the_textbook_cut_sets() -> None:
    """The bridge network fails by {1,2}, {4,5}, {1,3,5}, {2,3,4}."""
    gates = {
        "top": Connective(1, ("c1", "c2", "c3", "c4")),
        "c1": Connective(2, ("1", "2")),
        "c2": Connective(2, ("4", "5")),
        "c3": Connective(3, ("1", "3", "5")),
        "c4": Connective(3, ("2", "3", "4")),
    }
    diagram = diagram_of("top", gates)
    chances = dict.fromkeys("12345", 0.1)
    found = minimal_cut_sets(diagram, chances, most=10)
    assert [set(cut.leaves) for cut in found.most_probable[:2]] in (
        [{"1", "2"}, {"4", "5"}], [{"4", "5"}, {"1", "2"}],
    )  # fmt: skip
    assert {frozenset(c.leaves) for c in found.most_probable[2:]} == {
        frozenset("135"), frozenset("234")
    }  # fmt: skip
    # Inclusion and exclusion by hand: 2p^2 + 2p^3 - 5p^4 + 2p^5.
    assert probability(diagram, chances) == pytest.approx(0.02152)


def test_a_count_of_cut_sets_beyond_listing() -> None:
    groups = {f"g{i}": Connective(1, tuple(f"x{i}_{j}" for j in range(10))) for i in range(12)}
    gates = {"top": Connective(12, tuple(groups)), **groups}
    diagram = diagram_of("top", gates)
    found = minimal_cut_sets(diagram, dict.fromkeys(diagram.leaves, 0.5), most=3)
    assert found.count == 10**12
    assert len(found.most_probable) == 3


def test_what_is_too_large_says_so() -> None:
    with pytest.raises(TreeTooLarge):
        diagram_of("top", {"top": Connective(1, tuple(f"x{i}" for i in range(301)))})
    deep = {f"g{i}": Connective(1, (f"g{i + 1}",)) for i in range(5000)}
    assert probability(diagram_of("g0", deep), {"g5000": 0.25}) == 0.25


@given(
    st.dictionaries(
        st.sampled_from("ABCDEF"),
        st.lists(st.sampled_from("ABCDEFxyz"), min_size=1, max_size=4, unique=True),
        max_size=6,
    )
)
@settings(max_examples=60, deadline=None)
def test_cycles_are_found_where_networkx_finds_them(inputs: dict[str, list[str]]) -> None:
    graph = nx.DiGraph([(gate, child) for gate, below in inputs.items() for child in below])
    found = list(cycles(inputs))
    assert bool(found) == (not nx.is_directed_acyclic_graph(graph))
    for path in found:
        assert all(b in inputs[a] for a, b in zip(path, (*path[1:], path[0]), strict=True))


def test_top_gates_are_nobodys_input() -> None:
    assert top_gates({"a": ["b", "x"], "b": ["y"], "c": ["x"]}) == ("a", "c")


NAME = Text("名", "name")


def test_a_gate_shares_its_prior_among_the_faults_without_one() -> None:
    """By hand: the pump alone is enough (0.3); the fan only with hot weather (0.2 * 0.5)."""
    events = [
        BasicEvent("e_pump", NAME, "pump", 0.3, "expert prior"),
        BasicEvent("e_fan", NAME, "fan", 0.2, "expert prior"),
        BasicEvent("hot", NAME, None, 0.5, "expert prior"),
    ]
    gates = [
        Gate("top", NAME, "engine", "or", 1, ("e_pump", "fan_matters"), None, 4.0, "expert prior"),
        Gate("fan_matters", NAME, "engine", "and", 2, ("e_fan", "hot"), None, None, "expert prior"),
    ]
    pump = 0.3
    fan = 0.2 * (0.5 + 0.5 * 0.3)
    priors = priors_from_gates(gates, events, {"other": 1.0}, faulty=0.5)
    assert priors == pytest.approx({"pump": 4 * pump / (pump + fan), "fan": 4 * fan / (pump + fan)})
    assert sum(priors.values()) == pytest.approx(4.0)


def test_a_fault_with_a_prior_counts_with_its_share_of_all() -> None:
    """By hand: the known fault has 0.5 * 1 / (1 + 3); it helps the open one through the AND."""
    events = [BasicEvent("e_open", NAME, "open", 0.4, "expert prior"),
              BasicEvent("e_two", NAME, "two", 0.1, "expert prior")]  # fmt: skip
    gates = [
        Gate("top", NAME, "s", "or", 1, ("both", "e_two"), None, 3.0, "expert prior"),
        Gate("both", NAME, "s", "and", 2, ("known", "e_open"), None, None, "expert prior"),
    ]
    known = 0.5 * 1.0 / 4.0
    open_ = 0.4 * (known + (1 - known) * 0.1)
    priors = priors_from_gates(gates, events, {"known": 1.0}, faulty=0.5)
    assert priors == pytest.approx(
        {"open": 3 * open_ / (open_ + 0.1), "two": 3 * 0.1 / (open_ + 0.1)}
    )
