"""Marks: what is met, what is not, on which split, and how surely."""

from tingzhen.training.damage_measuring.marks import MARKS, marks_table


def figure(value, low=None, high=None):
    return {"value": value, "low": low, "high": high, "n": 9}


def rows(evaluation):
    return {row["name"]: row for row in marks_table(evaluation)}


def test_nothing_is_met_without_figures():
    assert {row["verdict"] for row in marks_table({})} == {"not measured"}
    assert len(rows({})) == len(MARKS)


def test_an_interval_that_reaches_across_is_not_certain():
    phone = {"map": figure(0.76, 0.70, 0.80), "mean_auc": figure(0.93, 0.91, 0.95),
             "calibration_error": figure(0.07, 0.06, 0.1),
             "types": {"scratch": {"average_precision": figure(0.79, 0.7, 0.85)}}}  # fmt: skip
    found = rows({"splits": {"grouped": {"phone_photos": phone}}})
    mean = found["mean average precision over the eight types"]
    assert (mean["verdict"], mean["certain"], mean["split"]) == ("met", False, "grouped")
    auc = found["mean AUC over the eight types"]
    assert (auc["verdict"], auc["certain"]) == ("met", True)
    error = found["calibration error, types pooled"]
    assert (error["verdict"], error["certain"], error["comparison"]) == ("not met", True, "≤")
    assert found["average precision, scratch"]["verdict"] == "not met"
    assert found["average precision, dent"]["verdict"] == "not measured"


def called(value, kind="undamaged"):
    return {"verdicts": {kind: {"called_damaged": figure(value)}}}


def test_the_worst_source_counts_where_it_was_left_out():
    name = "undamaged cars of a source not learned from, called damaged"
    left_out = {"by_source": {"a": called(0.02), "b": called(0.2), "c": {"verdicts": {}}}}
    grouped = {"by_source": {"a": called(0.01)}}
    assert rows({"splits": {"grouped": grouped}})[name]["verdict"] == "not measured"
    found = rows({"splits": {"grouped": grouped, "source_left_out": left_out}})[name]
    assert (found["figure"]["value"], found["verdict"]) == (0.2, "not met")
    things = rows({"splits": {"grouped": {"by_source": {"x": called(0.02, "not_vehicle")}}}})
    assert things["everyday things called damaged"]["verdict"] == "met"


def test_pictures_that_were_learned_from_measure_nothing():
    splits = {"given": {"phone_photos": {"map": figure(0.99)}}}
    name = "mean average precision over the eight types"
    assert rows({"splits": splits, "trained_on": 0})[name]["verdict"] == "met"
    assert rows({"splits": splits, "trained_on": 3})[name]["verdict"] == "not measured"


def test_a_bare_number_has_no_interval():
    found = rows({"model": {"frames_32_s": 0.5}})["32 frames of 1080p, seconds on two cores"]
    assert (found["verdict"], found["certain"], found["split"]) == ("met", None, None)
    slow = rows({"model": {"frames_32_s": 1.25}})["32 frames of 1080p, seconds on two cores"]
    assert slow["verdict"] == "not met"
