"""Drawings: nothing lies on anything else, nothing is left out, and they can be read aloud."""

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnosis.examples import shipped
from tests.diagnosis.small_base import COOLING, write_small_base
from tingzhen.diagnosis import load_knowledge
from tingzhen.diagnosis.fault_trees import connectives, diagram_of, leaf_probabilities, probability
from tingzhen.diagnosis.knowledge_drawing import contents_page, draw, drawable, find_drawable
from tingzhen.diagnosis.knowledge_drawing.layout import FONT_PX, WIDEST_PX, lay_out
from tingzhen.diagnosis.knowledge_drawing.node import Node
from tingzhen.diagnosis.knowledge_drawing.pages import MOST_LEAVES, pages
from tingzhen.diagnosis.knowledge_drawing.text_width import width_em, wrapped
from tingzhen.errors import KnowledgeError
from tingzhen.language import LANGUAGES, Language

SVG = "{http://www.w3.org/2000/svg}"
TITLES = st.text("ab cW，。中文(", min_size=1, max_size=60).filter(str.strip)


def trees(most: int) -> st.SearchStrategy[Node]:
    leaf = st.builds(Node, st.just("fault"), TITLES, st.sampled_from(["", "a note · 注"]))
    return st.recursive(
        leaf,
        lambda inner: st.builds(
            lambda title, sign, below: Node("gate", title, sign=sign, children=tuple(below)),
            TITLES,
            st.sampled_from(["", "&", "≥1"]),
            st.lists(inner, min_size=1, max_size=6),
        ),
        max_leaves=most,
    )


@given(trees(25))
@settings(max_examples=25, deadline=None)
def test_no_box_lies_on_another_and_all_are_inside(root: Node) -> None:
    layout = lay_out(root)
    assert len(layout.boxes) == sum(1 for _ in root.walk())
    for a, b in combinations(layout.boxes, 2):
        apart = (
            a.x + a.width <= b.x or b.x + b.width <= a.x
            or a.y + a.height <= b.y or b.y + b.height <= a.y
        )  # fmt: skip
        assert apart, (a, b)
    for box in layout.boxes:
        assert box.x >= 0
        assert box.y >= -1e-9
        assert box.x + box.width <= layout.width + 1e-9
        assert box.y + box.height <= layout.height + 1e-9
        assert box.width <= WIDEST_PX + FONT_PX
        if box.parent is not None:
            assert layout.boxes[box.parent].x + layout.boxes[box.parent].width < box.x


def numbered(node: Node, counter: list[int]) -> Node:
    """The same shape with a title of its own for every node."""
    counter[0] += 1
    title = f"n{counter[0]}"
    return Node(node.kind, title, sign=node.sign,
                children=tuple(numbered(child, counter) for child in node.children))  # fmt: skip


def flat(*sizes: int) -> Node:
    """A root over groups of so many leaves."""
    groups = tuple(
        Node("gate", "group", children=tuple(Node("fault", "leaf") for _ in range(size)))
        for size in sizes
    )
    return Node("gate", "root", children=groups)


@pytest.mark.parametrize(
    "root",
    [flat(120), flat(3), flat(*[3] * 40), flat(50, 2, 70, 1), flat(*[1] * 120),
     Node("gate", "chain", children=(flat(60, 60),)), flat(MOST_LEAVES), flat(MOST_LEAVES + 1)],
)  # fmt: skip
def test_pages_hold_everything_and_stay_small(root: Node) -> None:
    tree = numbered(root, [0])
    shown = pages(tree, "en")
    assert all(page.leaves() <= MOST_LEAVES for page in shown)
    titles = {node.title for page in shown for _, node in page.walk() if node.kind != "transfer"}
    assert titles == {node.title for _, node in tree.walk()}
    for page in shown:
        for _, node in page.walk():
            if node.kind == "transfer":
                number = int(re.findall(r"\d+", node.note)[0])
                assert shown[number - 1].title == node.title
    if tree.leaves() <= MOST_LEAVES:
        assert shown == [tree]


@given(TITLES, st.integers(4, 20), st.integers(1, 4))
def test_lines_are_narrow_enough_and_lose_no_words(text: str, em: int, lines: int) -> None:
    unlimited = wrapped(text, em, 1000)
    assert "".join(unlimited).replace(" ", "") == "".join(text.split())
    short = wrapped(text, em, lines)
    assert len(short) <= lines
    for line in short:
        assert width_em(line) <= em + 1 + 1e-9


def test_chinese_lines_do_not_begin_with_a_full_stop() -> None:
    assert wrapped("更换水泵。加注冷却液", 4, 9) == ["更换水泵。", "加注冷却", "液"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_drawing_of_the_shipped_base_can_be_read_aloud(language: Language) -> None:
    knowledge = shipped()
    things = drawable(knowledge)
    assert len(things) >= len(knowledge.faults) + len(knowledge.gates) + 20
    names: set[str] = set()
    for kind, id_ in [thing for thing in things if thing[0] != "fault"] + things[-100::10]:
        drawn = draw(knowledge, kind, id_, language)
        assert not names & set(drawn)
        names |= set(drawn)
        for svg in drawn.values():
            root = ElementTree.fromstring(svg)  # noqa: S314 - made here
            ids = {root.attrib["aria-labelledby"], root.attrib["aria-describedby"]}
            assert {child.attrib["id"] for child in root if child.tag in (f"{SVG}title",
                    f"{SVG}desc")} == ids  # fmt: skip
            assert root.attrib["role"] == "graphics-document document"
            assert root.attrib["lang"] == language
            for box in root.iter(f"{SVG}g"):
                if "role" in box.attrib:
                    said = "".join(t.text or "" for t in box.iter(f"{SVG}text"))
                    label = box.attrib["aria-label"]
                    # What is written in a box is in its label.
                    assert re.sub("[ ,]", "", said) in re.sub("[ ,]", "", label)
    assert all(re.fullmatch(r"[a-z]+-[a-z0-9_-]+\.svg", name) for name in names)


def test_a_fault_tree_says_exact_probabilities_and_cut_sets(tmp_path: Path) -> None:
    knowledge = load_knowledge(write_small_base(tmp_path))
    (svg,) = draw(knowledge, "gate", "overheats", "en").values()
    chances = leaf_probabilities(
        knowledge.events, {f.id: f.prior for f in knowledge.faults if f.damage is None}, 0.5
    )
    # By hand: of 3.5 mechanical weights the pump has 2, and 0.5 of all have a fault of the base.
    pump, fan = 0.5 * 2 / 3.5, 0.02 * 0.3
    top = 1 - (1 - pump) * (1 - fan)
    shape = connectives(knowledge.gates)
    assert probability(diagram_of("overheats", shape), chances) == pytest.approx(top)
    assert f"probability {100 * top:.0f} %" in svg
    assert "≥1" in svg
    assert "≥2/2" in svg
    assert "1. Worn water pump (29 %)" in svg
    assert "2. Fan stands still + Hot weather" not in svg
    assert "2. The fan stands still + Hot weather (0.6 %)" in svg


def test_hostile_names_do_not_leave_their_text(tmp_path: Path) -> None:
    text = COOLING.replace("en: Worn water pump", "en: '<script>alert(1)</script> & \"x\"'")
    knowledge = load_knowledge(write_small_base(tmp_path, text))
    (svg,) = draw(knowledge, "fault", "pump_worn", "en").values()
    root = ElementTree.fromstring(svg)  # noqa: S314 - made here
    assert not [part for part in root.iter() if "script" in part.tag]
    assert "<script>" not in contents_page({"a.svg": "<script>"}, "en")


def test_an_id_of_several_kinds_asks_for_the_kind(tmp_path: Path) -> None:
    text = COOLING.replace("id: overheats", "id: cooling")
    knowledge = load_knowledge(write_small_base(tmp_path, text))
    with pytest.raises(KnowledgeError, match="gate:cooling, system:cooling"):
        find_drawable(knowledge, "cooling")
    assert find_drawable(knowledge, "system:cooling") == ("system", "cooling")
    with pytest.raises(KnowledgeError, match="nonsense"):
        find_drawable(knowledge, "nonsense")


def test_sizes_are_those_of_the_style() -> None:
    (svg,) = draw(shipped(), "fault", shipped().faults[0].id, "en").values()
    assert f"font-size:{FONT_PX}px" in svg
