"""Marks: what is met, what is not, and how surely."""

from tingzhen.training.noise_measuring.marks import MARKS, marks_table


def figure(value, low=None, high=None):
    return {"value": value, "low": low, "high": high, "n": 9}


def rows(evaluation):
    return {row["name"]: row for row in marks_table(evaluation)}


def test_nothing_is_met_without_figures():
    assert {row["verdict"] for row in marks_table({})} == {"not measured"}
    assert len(rows({})) == len(MARKS)


def test_an_interval_that_reaches_across_is_not_certain():
    split = {"balanced_accuracy": figure(0.75, 0.70, 0.80), "macro_auc": figure(0.96, 0.95, 0.97),
             "calibration_error": figure(0.09, 0.06, 0.1)}  # fmt: skip
    found = rows({"splits": {"by_recording": split}})
    accuracy = found["balanced accuracy, other recordings"]
    assert (accuracy["verdict"], accuracy["certain"]) == ("met", False)
    assert (found["macro AUC"]["verdict"], found["macro AUC"]["certain"]) == ("met", True)
    error = found["calibration error"]
    assert (error["verdict"], error["certain"], error["comparison"]) == ("not met", True, "≤")


def test_the_worst_source_counts_and_equal_is_not_above():
    knock = {"auc": figure(0.9, 0.8, 1.0), "over_best_control": figure(0.0, -0.1, 0.1)}
    worse = {"auc": figure(0.7, 0.6, 0.8), "over_best_control": figure(0.2, 0.1, 0.3)}
    found = rows({"one_source": {"a": {"knock": knock}, "b": {"knock": worse}, "c": {}}})
    auc = found["knock against normal inside one source, AUC"]
    assert auc["figure"]["value"] == 0.7 and auc["verdict"] == "not met"
    assert found["the same, above the best control that hears nothing"]["verdict"] == "not met"


def test_a_bare_number_has_no_interval():
    found = rows({"model": {"megabytes": 9.5, "ten_seconds_ms": 31}})
    assert found["bundle, megabytes"]["verdict"] == "met"
    assert found["bundle, megabytes"]["certain"] is None
    assert found["ten seconds of sound on one core, milliseconds"]["verdict"] == "not met"
