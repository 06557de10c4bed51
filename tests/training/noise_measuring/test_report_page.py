"""The page says what the evaluation holds, asks no other host, and can be listened to."""

import base64
import io
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from PIL import Image

from tests.training.noise_measuring.conftest import make_clip, make_scored
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.training.charts.frame import ticks
from tingzhen.training.charts.intervals import interval_chart
from tingzhen.training.noise_measuring import mistakes as mistakes_module
from tingzhen.training.noise_measuring import report_page
from tingzhen.training.noise_measuring.figures import noise_figures
from tingzhen.training.noise_measuring.marks import MARKS
from tingzhen.training.noise_measuring.mistakes import worst_mistakes
from tingzhen.training.noise_measuring.recordings import Scored
from tingzhen.training.noise_measuring.report_page import SECTIONS, render_report, write_report

FIGURE = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 40}
NONE = {"value": None, "low": None, "high": None, "n": 0}


def sound(clip):
    at_s = np.arange(12 * 16_000) / 16_000
    return (0.1 * np.sin(2 * np.pi * 440 * at_s)).astype(np.float32)


def full_evaluation():
    scored = make_scored(recordings=60)
    fold = np.array([int(clip.group[1:]) % 5 for clip in scored.clips], dtype=np.int64)
    figures = noise_figures(scored, fold=fold, resamples=10)
    event = {"f1": FIGURE, "precision": FIGURE, "recall": NONE, "whole_clip": FIGURE}
    control = {"classifier": "forest", "balanced_accuracy": FIGURE, "margin": FIGURE}
    level = {"level": "10 dB", "balanced_accuracy": FIGURE, "change": FIGURE}
    one = {"faults": 12, "normals": 11, "auc": FIGURE, "best_control": "bit_rate",
           "over_best_control": FIGURE,
           "controls": {"bit_rate": {"classifier": "logistic", "auc": FIGURE,
                                     "difference": FIGURE}}}  # fmt: skip
    return scored, {
        "model": {"name": "<b>bundle</b>", "version": "1", "megabytes": 7.25},
        "folds": 5, "seed": 0, "warning": "12 recordings were trained on",
        "splits": {"by_recording": figures, "source_left_out": figures, "synthetic_only": figures},
        "controls": {"bit_rate": control},
        "one_source": {"s7": {"knock": one}},
        "events": {"segment_s": 0.25, "clips": 3, "by_type": {"knock": event},
                   "all_types": event, "by_level": {"-5": FIGURE},
                   "without_fault": {"clips_with_an_event": FIGURE, "events_per_minute": NONE}},
        "robustness": {"clips": 9, "undisturbed": FIGURE,
                       "conditions": {"noise": [level],
                                      "mp3": [level | {"balanced_accuracy": NONE}]}},
        "novelty": {"energy": {"auc": FIGURE}, "chosen": "energy"},
    }  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    scored, evaluation = full_evaluation()
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(path, evaluation, worst_mistakes(scored, sound, at_most=2), "Title & <name>")
    return path.read_text(encoding="utf-8")


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
    assert set(SECTIONS) <= set(ids)
    for name in SECTIONS.values():
        assert name.en in page and name.zh in page
    assert len(page) < 8_000_000


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
    assert len(addresses) > 10
    assert [value[:40] for value in addresses if not value.startswith(("data:", "#"))] == []


def test_texts_are_escaped(page):
    assert "<b>bundle</b>" not in page and "&lt;b&gt;bundle&lt;/b&gt;" in page
    assert "Title &amp; &lt;name&gt;" in page


def test_charts_are_named_and_well_formed(page):
    charts = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(charts) >= 10
    for chart in charts:
        tree = ElementTree.fromstring(chart)  # noqa: S314 - made a moment ago
        title, description = tree[0], tree[1]
        assert (title.tag, description.tag) == ("title", "desc")
        assert title.text and description.text
        assert tree.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"


def test_mistakes_can_be_heard_and_seen(page):
    kinds = dict(re.findall(r'src="data:(audio/mpeg|image/png);base64,([^"]+)"', page))
    with av.open(io.BytesIO(base64.b64decode(kinds["audio/mpeg"]))) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert samples / 16_000 == pytest.approx(10.0, abs=0.2)
    with Image.open(io.BytesIO(base64.b64decode(kinds["image/png"]))) as picture:
        assert picture.size == mistakes_module.SPECTROGRAM_PX
    assert page.count("<audio") == 2


def test_beyond_the_size_sounds_are_left_out(monkeypatch):
    scored, _ = full_evaluation()
    monkeypatch.setattr(report_page, "MOST_BYTES", 1)
    page = render_report({}, worst_mistakes(scored, sound, at_most=2), "t")
    assert "<audio" not in page and page.count("left out to keep") == 2


@pytest.mark.parametrize("missing", ["splits", "controls", "one_source", "events", "robustness",
                                     "novelty", "model"])  # fmt: skip
def test_a_missing_section_is_left_out(missing):
    _, evaluation = full_evaluation()
    del evaluation[missing]
    page = render_report(evaluation, [], "t")
    assert 'id="mistakes"' not in page
    assert (f'id="{missing}"' in page) is False


def test_an_empty_evaluation_still_says_what_is_wanted():
    page = render_report({}, [], "t")
    assert page.count("not measured") == len(MARKS) and 'id="figures"' not in page


def test_the_worst_are_sure_wrong_and_not_all_alike():
    rows = [("knock", "squeal", 0.9)] * 5 + [("knock", "knock", 1.0), ("whine", "rumble", 1.0),
            ("not_vehicle", "normal", 1.0), ("normal", "tick", 0.7)]  # fmt: skip
    clips = [make_clip(truth, f"g{i}", "s") for i, (truth, _, _) in enumerate(rows)]
    scores = np.zeros((len(rows), 14))
    for i, (_, answer, p) in enumerate(rows):
        scores[i, NOISE_TYPES.index(answer)] = p
    read = []
    found = worst_mistakes(
        Scored(clips, scores, ["normal"] * len(rows)), lambda c: read.append(c) or sound(c), alike=2
    )
    assert [(m.truth, m.answer, m.confidence) for m in found] == [
        (["knock"], "squeal", 0.9), (["knock"], "squeal", 0.9), (["normal"], "tick", 0.7),
    ]  # fmt: skip
    assert len(read) == 3


def test_of_a_recording_the_surest_clip_is_heard():
    clips = [make_clip("knock", "g", "s"), make_clip("knock", "g", "s")]
    scores = np.zeros((2, 14))
    scores[:, NOISE_TYPES.index("squeal")] = [0.4, 0.8]
    (found,) = worst_mistakes(Scored(clips, scores, ["normal", "abnormal"]), sound)
    assert (found.confidence, found.verdict) == (0.8, "abnormal")


def test_round_ticks():
    assert ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert ticks(-0.1, 0.25) == [-0.1, 0, 0.1, 0.2]
    assert ticks(0, 30) == [0, 5, 10, 15, 20, 25, 30]


def test_a_chart_of_nothing_known():
    chart = interval_chart([("a", [NONE, None])], name="n", description="d", series=("x", "y"))
    assert chart.count("–") == 2
    json.dumps(str(chart))
