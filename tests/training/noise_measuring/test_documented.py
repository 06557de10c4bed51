"""Every name in evaluation.json is explained in docs/noise-evaluation.md."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.training.noise_measuring.conftest import make_scored
from tests.training.noise_measuring.test_report_page import full_evaluation
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.training.noise_measuring import controls as controls_module
from tingzhen.training.noise_measuring.disturbances import DISTURBANCES
from tingzhen.training.noise_measuring.events import ClipEvents, event_figures
from tingzhen.training.noise_measuring.figures import noise_figures
from tingzhen.training.noise_measuring.listening_for_nothing import CONTROLS
from tingzhen.training.noise_measuring.marks import MARKS, marks_table
from tingzhen.training.noise_measuring.one_source import one_source
from tingzhen.training.noise_measuring.recordings import NAMES
from tingzhen.training.noise_measuring.report_charts import CURVE_NAMES, SPLIT_NAMES

PAGE = Path(__file__).parents[3] / "docs" / "noise-evaluation.md"
TAKEN = {"value", "low", "high", *NAMES, *NOISE_TYPES}


def names(tree):
    """All keys, those of types and sources apart."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if not re.fullmatch(r"s\d|-?\d+", key) and key not in TAKEN:
                yield key
            yield from names(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from names(value)


@pytest.fixture(scope="module")
def documented():
    quoted = re.findall(r"`([^`]+)`", PAGE.read_text(encoding="utf-8"))
    return {part for text in quoted for part in re.split(r"[^a-z0-9_]+", text)}


def test_every_name_is_documented(documented, monkeypatch):
    monkeypatch.setattr(controls_module, "TREES", 2)
    monkeypatch.setattr("tingzhen.training.noise_measuring.one_source.CONTROLS", {"bit_rate": (1,)})
    scored = make_scored(recordings=160)
    fold = np.array([int(clip.group[1:]) % 3 for clip in scored.clips], dtype=np.int64)
    facts = np.random.default_rng(0).normal(size=(len(scored.clips), 5))
    _, evaluation = full_evaluation()
    evaluation.pop("novelty")
    found = set(names([
        noise_figures(scored, fold=fold, resamples=2),
        one_source(scored, facts, fold, resamples=2),
        event_figures([ClipEvents("g", 1.0, [], [], 0.0)], resamples=2),
        marks_table({}),
        evaluation,
    ]))  # fmt: skip
    assert {"selective", "best_control", "certain", "undisturbed"} <= found
    assert sorted(found - documented - {"name", "version"}) == []


def test_every_split_control_curve_and_condition_is_documented(documented):
    expected = {*SPLIT_NAMES, *CONTROLS, *CURVE_NAMES, *DISTURBANCES}
    assert sorted(expected - documented) == []


def test_marks_look_where_figures_stand(documented):
    keys = {key for mark in MARKS for key in mark.path} - {"*", *NAMES, *NOISE_TYPES}
    assert sorted(keys - documented) == []
