"""What a label would teach, worked out by hand."""

import math

import pytest

from tingzhen.serving.labelling.facts import least_sure_bits
from tingzhen.serving.labelling.label import label_loss
from tingzhen.serving.labelling.stability import stability
from tingzhen.serving.labelling.value import Teaching, contradicted, rarity


def test_the_type_in_doubt_decides() -> None:
    assert least_sure_bits([0.0, 0.5, 1.0]) == 1.0
    assert least_sure_bits([0.25, 0.01]) == pytest.approx(0.811278, abs=1e-6)
    assert least_sure_bits([0.0, 1.0]) == least_sure_bits([]) == 0.0


def test_errors_that_people_saw_weigh_double() -> None:
    doubt = Teaching(1.0, 0.5, corrected=False, contradicted=False, rarity=1.0)
    seen = Teaching(0.0, 0.0, corrected=True, contradicted=True, rarity=1.0)
    assert doubt.value == pytest.approx(1.5 / 6)
    assert seen.value == pytest.approx(4 / 6)
    assert Teaching(1, 1, corrected=True, contradicted=True, rarity=0.5).value == 0.5


def test_rare_types_come_first() -> None:
    labels = {"knock": 8, "hiss": 0, "normal": 99}
    assert [rarity(t, labels) for t in labels] == [pytest.approx(1 / 3), 1.0, pytest.approx(0.1)]


@pytest.mark.parametrize(
    ("verdict", "confirmed", "expected"),
    [
        ("normal", "squeaky", True), ("normal", "silent", False), ("abnormal", "squeaky", False),
        ("abnormal", "none_of_these", True), ("normal", "none_of_these", False),
        ("normal", None, False), ("undamaged", "words of somebody", False),
    ],
)  # fmt: skip
def test_what_contradicts(verdict: str, confirmed: str | None, expected: bool) -> None:
    assert contradicted(verdict, confirmed, {"squeaky": 0.9, "silent": 0.1}) is expected


def test_the_log_loss_is_a_mean_over_types() -> None:
    probabilities = {"knock": 0.9, "hiss": 0.2}
    assert label_loss(["knock"], probabilities) == pytest.approx(
        -(math.log(0.9) + math.log(0.8)) / 2
    )
    assert label_loss(["hiss"], {"knock": 1.0, "hiss": 0.0}) == pytest.approx(-math.log(1e-4))


def test_the_stability_index_against_numbers_worked_out_apart() -> None:
    # Shares with half a clip added: (100.5, 300.5) of 401 and (40.5, 60.5) of 101.
    found = stability([100, 300], [40, 60])
    assert found is not None
    e, a = 100.5 / 401, 40.5 / 101
    by_hand = (a - e) * math.log(a / e) + (e - a) * math.log((1 - a) / (1 - e))
    assert found.index == pytest.approx(by_hand)
    assert found.by_chance == pytest.approx(3.841 * (1 / 400 + 1 / 100))
    assert found.changed


def test_a_small_week_is_no_change() -> None:
    found = stability([100, 300], [2, 2])
    assert found is not None
    assert found.index > 0.1 and not found.changed  # the rule of thumb alone would call it one
    same = stability([100] * 10, [50] * 10)
    assert same is not None and same.index == pytest.approx(0.0)
    assert stability([0, 0], [1, 1]) is None
    with pytest.raises(ValueError, match="bins"):
        stability([1], [1])
