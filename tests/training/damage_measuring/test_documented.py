"""Every name in evaluation.json is explained in docs/damage-evaluation.md."""

import re
from pathlib import Path

import pytest

from tests.training.damage_measuring.conftest import make_picture, make_scored
from tests.training.damage_measuring.test_report_page import full_evaluation
from tingzhen.training.damage_measuring.examples import EXAMPLE_KINDS
from tingzhen.training.damage_measuring.leaks import leaks_between
from tingzhen.training.damage_measuring.marks import MARKS, marks_table
from tingzhen.training.damage_measuring.report_charts import BY_TYPE, KINDS, SPLIT_NAMES
from tingzhen.training.damage_measuring.resampling import Resampling
from tingzhen.training.damage_measuring.verdicts import VERDICTS, verdict_figures
from tingzhen.vision.vocabulary import DAMAGE_TYPES

PAGE = Path(__file__).parents[3] / "docs" / "damage-evaluation.md"
SOURCES = {"phone", "insurance224", "other4", "other5"}
TAKEN = {"value", "low", "high", "n", "name", "version", "sha256"} | SOURCES | set(DAMAGE_TYPES)


def names(tree):
    """All keys, those of types and sources apart."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key
            yield from names(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from names(value)


@pytest.fixture(scope="module")
def documented():
    quoted = re.findall(r"`([^`]+)`", PAGE.read_text(encoding="utf-8"))
    return {part for text in quoted for part in re.split(r"[^a-z0-9_]+", text)}


def test_every_name_is_documented(documented):
    _, evaluation = full_evaluation()
    picture = make_picture("undamaged")
    found = set(names([evaluation, marks_table({}), leaks_between([picture], [None], [], [])]))
    assert {"phone_photos", "found_in_place", "passing_at_95", "certain", "largest_box"} <= found
    assert sorted(found - TAKEN - documented) == []


def test_every_split_kind_reason_and_example_is_documented(documented):
    verdicts = {f"called_{verdict}" for verdict in VERDICTS}
    reasons = {"poor", "not_vehicle", "unfamiliar", "doubtful"}
    expected = {*SPLIT_NAMES, *KINDS, *BY_TYPE, *EXAMPLE_KINDS} | verdicts | reasons
    assert sorted(expected - documented) == []
    scored = make_scored([make_picture("dent")])
    assert set(verdict_figures(scored, Resampling(2))["damaged"]) == verdicts | {"because"}


def test_marks_look_where_figures_stand(documented):
    keys = {key for mark in MARKS for key in mark.path} - {"*"} - set(DAMAGE_TYPES) - SOURCES
    assert sorted(keys - documented) == []
    assert {split for mark in MARKS for split in mark.splits} == set(SPLIT_NAMES)
