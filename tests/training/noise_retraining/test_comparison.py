"""Paired comparison: intervals that few recordings deserve, and the sentence at the end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.noise.tiny import clip
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.training.noise_measuring.recordings import Scored
from tingzhen.training.noise_retraining.comparison import (
    compare_recordings,
    exact_bounds,
    paired,
)
from tingzhen.training.noise_retraining.refit import STRENGTHS, UNCHANGED
from tingzhen.training.noise_retraining.telling import Facts, conclusion, warnings


def test_exact_bounds_are_those_of_the_literature():
    # "Rule of three" and tabulated Clopper-Pearson bounds.
    assert exact_bounds(0, 10, 0.05) == pytest.approx((0, 0.3085), abs=1e-4)
    assert exact_bounds(5, 10, 0.05) == pytest.approx((0.1871, 0.8129), abs=1e-4)
    assert exact_bounds(10, 10, 0.05) == pytest.approx((0.6915, 1), abs=1e-4)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_the_interval_holds_the_difference_and_is_never_empty(pairs):
    before, after = (np.array(column) for column in zip(*pairs, strict=True))
    row = paired("knock", "recordings", before, after)
    assert row.low <= (row.won - row.lost) / row.n <= row.high
    assert row.high - row.low > 0.05


def test_four_recordings_prove_nothing_and_twenty_do():
    few = paired("knock", "recordings", np.zeros(4, bool), np.ones(4, bool))
    many = paired("knock", "recordings", np.zeros(20, bool), np.ones(20, bool))
    worse = paired("knock", "recordings", np.ones(20, bool), np.zeros(20, bool))
    assert (few.outcome, many.outcome, worse.outcome) == ("unclear", "better", "worse")


def scored(named, verdicts, types):
    clips = [clip(t, f"g{i}") for i, t in enumerate(types)]
    p = np.array([[0.9 if t == name else 0.01 for t in NOISE_TYPES] for name in named])
    return Scored(clips, p, verdicts)


def test_types_faults_and_alarms_are_compared_by_recording():
    types = ["knock", "knock", "normal", "normal"]
    before = scored(["knock", "normal", "normal", "tick"],
                    ["abnormal", "normal", "normal", "abnormal"], types)  # fmt: skip
    after = scored(["knock", "knock", "normal", "normal"],
                   ["abnormal", "abnormal", "abnormal", "normal"], types)  # fmt: skip
    rows = {row.what: row for row in compare_recordings(before, after)}
    assert rows.keys() == {"knock", "normal", "faults_found", "no_false_alarm"}
    assert (rows["knock"].won, rows["knock"].lost, rows["knock"].n) == (1, 0, 2)
    assert (rows["faults_found"].shipped, rows["faults_found"].retrained) == (1, 2)
    assert (rows["no_false_alarm"].won, rows["no_false_alarm"].lost) == (1, 1)


def facts(compared, **changed):
    given = {"recordings": {"knock": 9, "normal": 9}, "total": 18, "heard": 0, "copies": [],
             "strength": STRENGTHS[-1], "raised": {}, "compared": compared}  # fmt: skip
    return Facts(**given | changed)


def test_the_sentence_says_better_worse_or_nothing():
    yes, no = np.ones(20, bool), np.zeros(20, bool)
    one_lost = np.array([False, *[True] * 19])
    said = conclusion(facts([paired("knock", "recordings", no, yes),
                             paired("tick", "synthetic", yes, no)]))  # fmt: skip
    assert "Better on: knock" in said.en and "Worse on: tick (synthetic scenes)" in said.en
    assert "变差：嗒嗒声（合成场景）" in said.zh
    said = conclusion(facts([paired("knock", "recordings", yes, one_lost)]))
    assert "No difference that these 18 recordings can show" in said.en
    assert "too few to prove worse: knock (won 0, lost 1 of 20)" in said.en
    said = conclusion(facts([], strength=UNCHANGED))
    assert "judgement is unchanged" in said.en and "判断未改" in said.zh


def test_warnings_name_what_is_wrong():
    said = " ".join(
        text.en
        for text in warnings(
            facts([], recordings={"knock": 3}, heard=18, copies=[["knock/a", "knock/b"]],
                  raised={"tick": (0.5, 0.7)})
        )
    )  # fmt: skip
    for part in ("knock 3", "no healthy recording", "18 of 18", "knock/a = knock/b",
                 "tick 0.50 to 0.70"):  # fmt: skip
        assert part in said
    assert not warnings(facts([]))
