"""Which pictures a person is shown."""

from tests.training.damage_measuring.conftest import find, make_picture, make_scored
from tingzhen.training.damage_measuring.examples import choose_examples

HERE, THERE = (0.1, 0.1, 0.2, 0.2), (0.6, 0.6, 0.2, 0.2)


def test_each_kind_of_mistake_by_hand():
    pictures = [
        make_picture("undamaged", "alarm"),
        make_picture("not_vehicle", "thing"),
        make_picture("scratch", "wrong", boxes=[("scratch", *THERE)]),
        make_picture("dent", "missed", boxes=[("dent", *HERE)]),
        make_picture("dent", "misplaced", boxes=[("dent", *HERE)]),
        make_picture("dent", "right", boxes=[("dent", *HERE)]),
        make_picture("dent", "all over", boxes=[("dent", 0.0, 0.0, 1.0, 1.0)]),
        make_picture("dent", "unsaid", "insurance224", looked_for=()),
    ]
    findings = [
        [find("dent", 0.7)], [find("scratch", 0.9)], [find("dent", 0.8, THERE)], [],
        [find("dent", 0.6, THERE)], [find("dent", 0.6, HERE)], [find("dent", 0.99, HERE)],
        [find("scratch", 0.95)],
    ]  # fmt: skip
    found = choose_examples(make_scored(pictures, findings))
    names = {kind: [one.picture.group for one in own] for kind, own in found.items()}
    assert names == {
        "in_place": ["phone/right"],
        "false_alarm": ["phone/thing", "phone/alarm"],
        "wrong_type": ["phone/wrong"],
        "missed": ["phone/missed"],
        "misplaced": ["phone/misplaced"],
    }
    assert found["wrong_type"][0].type == "dent" and found["missed"][0].type == "dent"
    assert found["missed"][0].probability < 0.1 < found["false_alarm"][1].probability


def test_the_page_is_not_filled_by_one_kind_of_mistake():
    pictures = [make_picture("undamaged", f"{i}", f"source{i % 2}") for i in range(12)]
    pictures += [make_picture("undamaged", "same", "source2"), make_picture("undamaged", "same",
                                                                           "source2")]  # fmt: skip
    findings = [[find("dent", 0.5 + i / 100)] for i in range(14)]
    own = choose_examples(make_scored(pictures, findings), alike=2)["false_alarm"]
    assert [one.picture.source for one in own] == [
        "source2", "source1", "source0", "source1", "source0",
    ]  # fmt: skip
    few = choose_examples(make_scored(pictures, findings), of_each=1)["false_alarm"]
    assert [one.probability for one in few] == [0.63]
