"""The page says what the evaluation holds, asks no other host, and shows the mistakes."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from tests.training.damage_measuring.conftest import (
    find,
    make_picture,
    make_scored,
    random_scored,
    texture,
)
from tingzhen.training.damage_measuring.crops import cropped
from tingzhen.training.damage_measuring.evaluation import evaluation_of
from tingzhen.training.damage_measuring.examples import choose_examples
from tingzhen.training.damage_measuring.figures import damage_figures
from tingzhen.training.damage_measuring.marks import MARKS
from tingzhen.training.damage_measuring.report_page import SECTIONS, render_report
from tingzhen.training.damage_measuring.report_pictures import MOST_PX, draw_example

FIGURE = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 40}
NONE = {"value": None, "low": None, "high": None, "n": 0}


def read(picture):
    return texture(len(picture.group), 400)


def full_evaluation():
    """Scored pictures with mistakes of each kind, and an evaluation with all there is."""
    scored, facts = random_scored(groups=90)
    whole = make_picture("dent", "c", boxes=[("dent", 0.1, 0.1, 0.2, 0.2)])
    crops = make_scored(
        [cropped(whole, (0.0, 0.0, 0.5, 0.5)), cropped(whole, (0.5, 0.5, 0.5, 0.5))]
    )
    figures = damage_figures(scored, facts=facts, crops=crops, resamples=10)
    doubt = {"odd_pictures": {"vehicles": 9, "strangers": 8,
                              "distance": {"auroc": FIGURE, "passing_at_95": NONE}}}  # fmt: skip
    pair = {"first": "s/1.png", "second": "s/2.png", "bits": 2, "mirrored": True}
    leaks = {"limit_bits": 10, "across_groups": 3, "groups_across_folds": 0,
             "pairs_across_folds": 1, "pairs": [pair]}  # fmt: skip
    evaluation = evaluation_of(
        {"grouped": figures, "source_left_out": figures},
        model={"name": "<b>bundle</b>", "version": "1", "megabytes": 7.25, "frames_32_s": 0.5},
        resamples=10, seed=0, doubt=doubt, leaks=leaks, trained_on=4, warning="4 of 90 & more",
        nothing=None,
    )  # fmt: skip
    return scored, evaluation


@pytest.fixture(scope="module")
def page():
    scored, evaluation = full_evaluation()
    return render_report(evaluation, choose_examples(scored, of_each=3), read, "Title & <name>")


class Balance(HTMLParser):
    """Counts open elements; those without an end tag are left out."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_holds_every_section(page):
    reader = Balance()
    reader.feed(page)
    assert reader.open == []
    ids = [attributes["id"] for _, attributes in reader.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(SECTIONS) <= set(ids)
    for name in SECTIONS.values():
        assert name.en in page and name.zh in page


def test_nothing_is_fetched_from_elsewhere(page):
    assert "default-src 'none'" in page and "<script" not in page and "url(" not in page
    reader = Balance()
    reader.feed(page)
    addresses = [
        value
        for _, attributes in reader.seen
        for name, value in attributes.items()
        if name in {"src", "href", "srcset", "poster", "xlink:href"}
    ]
    assert len(addresses) > 20
    assert [value[:40] for value in addresses if not value.startswith(("data:", "#"))] == []


def test_texts_are_escaped(page):
    assert "<b>bundle</b>" not in page and "&lt;b&gt;bundle&lt;/b&gt;" in page
    assert "Title &amp; &lt;name&gt;" in page and "4 of 90 &amp; more" in page


def test_charts_are_named_and_well_formed(page):
    charts = re.findall(r'<svg class="chart".*?</svg>', page, re.DOTALL)
    assert len(charts) >= 12
    for chart in charts:
        tree = ElementTree.fromstring(chart)  # noqa: S314 - made a moment ago
        assert (tree[0].tag, tree[1].tag) == ("title", "desc")
        assert tree[0].text and tree[1].text


def test_examples_are_pictures_with_what_is_true_and_what_was_found(page):
    drawn = re.findall(r'<svg class="example" viewBox="0 0 \d+ \d+".*?</svg>', page, re.DOTALL)
    drawn = [one for one in drawn if "<image" in one]
    assert len(drawn) == page.count("<article>") >= 12
    for one in drawn:
        tree = ElementTree.fromstring(one)  # noqa: S314 - made a moment ago
        assert tree.attrib["aria-label"].startswith("True: ")
        coded = base64.b64decode(tree[0].attrib["href"].split(",")[1])
        picture = cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_COLOR)
        height, width = picture.shape[:2]
        assert width <= MOST_PX[0] and height <= MOST_PX[1] and max(width, height) >= 280
        assert tree.attrib["viewBox"] == f"0 0 {width} {height}"


def test_boxes_lie_where_they_are():
    picture = make_picture("dent", boxes=[("dent", 0.5, 0.25, 0.25, 0.5)])
    scored = make_scored([picture], [[find("dent", 0.8, (0.5, 0.25, 0.2, 0.4))]])
    (example,) = choose_examples(scored)["in_place"]
    tree = ElementTree.fromstring(draw_example(example, np.zeros((100, 200, 3), np.uint8)))  # noqa: S314
    places = {
        part.attrib["class"]: tuple(float(part.attrib[k]) for k in ("x", "y", "width", "height"))
        for part in tree
        if part.tag == "rect"
    }
    assert places["true"] == (100, 25, 50, 50) and places["found"] == (100, 25, 40, 40)
    assert tree[-1].text == "Dent 80%"
    assert tree.attrib["aria-label"] == "True: Dent. Found: Dent."


def test_a_name_of_a_folder_is_no_markup():
    picture = replace(make_picture("undamaged"), path=Path("<i>") / "x&y.png")
    scored = make_scored([picture], [[find("dent", 0.8)]])
    page = render_report({}, choose_examples(scored), read, "t")
    assert "&lt;i&gt;/x&amp;y.png" in page and "<i>" not in page


def test_beyond_the_size_pictures_are_left_out_of_every_kind_alike():
    scored, _ = full_evaluation()
    examples = choose_examples(scored, of_each=3)
    page = render_report({}, examples, read, "t", most_bytes=40_000)
    assert 0 < page.count("<image") < page.count("<article>")
    assert page.count("left out to keep") + page.count("<image") == page.count("<article>")
    assert len(page) < 80_000
    first = {kind: page.index(f'id="{kind}"') for kind, own in examples.items() if own}
    for kind in ("false_alarm", "missed"):
        assert "<image" in page[first[kind] : first[kind] + 3000], kind


@pytest.mark.parametrize("missing", ["doubt", "leaks", "splits"])
def test_a_missing_section_is_left_out(missing):
    _, evaluation = full_evaluation()
    del evaluation[missing]
    page = render_report(evaluation, {}, read, "t")
    assert 'id="missed"' not in page and f'id="{missing}"' not in page
    assert ('id="figures"' in page) is (missing != "splits")


def test_an_empty_evaluation_still_says_what_is_wanted():
    page = render_report({}, {}, read, "t")
    assert page.count('class="verdict not-measured"') == len(MARKS)


def test_sources_without_boxes_alone_make_a_page():
    scored = make_scored([make_picture("undamaged", f"{i}", "cars") for i in range(4)])
    evaluation = evaluation_of(
        {"given": damage_figures(scored, resamples=5)}, model={}, resamples=5, seed=0
    )
    page = render_report(evaluation, choose_examples(scored), read, "t")
    assert 'id="alarms"' in page and 'id="curves"' not in page
