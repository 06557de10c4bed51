"""Rules as people write them: both languages, every problem with its line, nothing lost."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.diagnosis.examples import shipped
from tests.diagnosis.experience.rules import stated, unhurried, written
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis.circumstances import WHEN
from tingzhen.diagnosis.experience import (
    parse_statement,
    read_rule_file,
    rule_sentence,
    write_rule_file,
)
from tingzhen.diagnosis.experience.rule import ROLES, STRENGTHS, Range
from tingzhen.errors import ExperienceError
from tingzhen.language import LANGUAGES
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

ENGLISH = """
experience:
  - conditions:
      noises: squeal
      when: [cold_start]
      ambient_c: {below: 5}
      humidity_pct: {from: 80}
      make: [Example]
      model: [E7]
      year: {from: 2019, to: 2022}
      powertrain: petrol
    look_at: {fault: alternator_bearing}
    strength: mostly
    role: master
    author: t017
    workshop: w03
    date: 2026-11-02
    note: Wet mornings.
"""
CHINESE = """
经验:
  - 条件:
      声音: [尖叫声]
      时机: 冷车起动
      气温_c: {低于: 5}
      湿度_pct: {从: 80}
      品牌: example
      车型: e7
      年款: {从: 2019, 到: 2022}
      动力: 汽油车
    先查: {故障: 发电机轴承磨损}
    把握: 多半
    角色: 师傅
    作者: t017
    车间: w03
    日期: 2026-11-02
    备注: Wet mornings.
"""


def read(tmp_path, text, name="rules.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_rule_file(path, shipped())


def test_chinese_and_english_files_say_the_same(tmp_path):
    english, chinese = read(tmp_path, ENGLISH), read(tmp_path, CHINESE)
    assert english.problems == chinese.problems == ()
    assert english.statements == chinese.statements
    (one,) = english.statements
    assert one.rule.conditions.noises == ("squeal",)
    assert one.rule.conditions.ranges == {"ambient_c": Range(None, 5), "humidity_pct": Range(80)}
    assert one.rule.look_at.name == "alternator_bearing"
    assert one.stated_on == date(2026, 11, 2)


def test_json_is_read_like_yaml(tmp_path):
    text = json.dumps({"experience": [written()]})
    assert read(tmp_path, text, "rules.json").statements == (stated(),)


def test_every_bad_rule_is_named_with_its_line_and_the_good_ones_are_kept(tmp_path):
    text = """experience:
  - conditions: {noises: [sqeal], whn: [braking]}
    look_at: {fault: alternator_bearing}
    strength: surely
    role: master
    author: Wang Wei
    date: yesterday
  - {conditions: {noises: [squeal]}, look_at: {fault: alternator_bearing}, strength: often,
     role: engineer, author: e1, date: 2026-01-01}
  - {conditions: {make: [Example]}, look_at: {fault: brake_disc}, strength: often,
     role: engineer, author: e1, date: 2026-01-01}
  - 条件: {声音: [尖叫声]}
    先查: {故障: 发动机轴承磨损}
    把握: 多半
    角色: 师傅
    作者: t1
    日期: 2026-01-01
"""
    found = read(tmp_path, text)
    assert [s.author for s in found.statements] == ["e1"]
    for language in LANGUAGES:
        texts = [problem.to(language) for problem in found.problems]
        assert len(texts) == 7, texts
        for line, word in ((2, "noises"), (2, "whn"), (4, "strength"), (6, "author"), (7, "date"),
                           (10, "conditions"), (13, "发动机轴承磨损")):  # fmt: skip
            assert any(f"rules.yaml:{line}" in t and word in t for t in texts), (line, word, texts)
        assert any("alternator_bearing" in t for t in texts[-1:])


@pytest.mark.parametrize(
    "text",
    ["", "a: b", "experience: 3", "experience: [1]\nother: []", "[1, 2]", "\tx: {",
     "experience: ["],
)  # fmt: skip
def test_what_is_no_file_of_rules_is_refused_in_words(tmp_path, text):
    with pytest.raises(ExperienceError) as refused:
        read(tmp_path, text)
    assert "rules.yaml" in refused.value.text.zh
    assert "rules.yaml" in refused.value.text.en


def test_tags_of_a_programming_language_are_refused(tmp_path):
    with pytest.raises(ExperienceError, match="tag"):
        read(tmp_path, "experience: [!!python/object/apply:os.getcwd []]")


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path):
    with pytest.raises(ExperienceError):
        read_rule_file(tmp_path / "none.yaml", shipped())


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"conditions": {"when": ["braking"]}}, "heard, seen, stored or said"),
        ({"conditions": {"noises": []}}, "noises"),
        ({"conditions": {"noises": ["normal"]}}, "noises"),
        ({"conditions": {"damages": ["undamaged"]}}, "damages"),
        ({"conditions": {"codes": ["X0301"]}}, "P0301"),
        ({"conditions": {"noises": ["squeal"], "声音": ["knock"]}}, "twice"),
        ({"conditions": {"noises": ["squeal"], "ambient_c": {}}}, "one end"),
        ({"conditions": {"noises": ["squeal"], "ambient_c": {"from": 5, "below": 1}}}, "ends"),
        ({"conditions": {"noises": ["squeal"], "year": {"from": 1800}}}, "1950"),
        ({"conditions": {"noises": ["squeal"], "ambient_c": {"from": float("nan")}}}, "finite"),
        ({"look_at": {}}, "exactly one"),
        ({"look_at": {"fault": "alternator_bearing", "test": "belt_off"}}, "exactly one"),
        ({"look_at": {"test": "belt_of"}}, "belt_off"),
        ({"author": "张师傅"}, "a key"),
        ({"author": "13812345678"}, "a key"),
        ({"note": "ask 13812345678"}, "phone"),
        ({"note": "LSVAA4182E2123456"}, "vehicle identification"),
        ({"note": "车主沪A12345"}, "plate"),
        ({"note": "a@b.cn"}, "mail"),
        ({"strength": None}, "strength"),
    ],
)
def test_a_rule_that_does_not_fit_says_why(changed, word):
    with pytest.raises(ExperienceError) as refused:
        stated(**changed)
    assert word in refused.value.text.en
    assert refused.value.text.zh != refused.value.text.en


@pytest.mark.parametrize("item", [None, 3, "x", [], {}, {"conditions": 3, "look_at": []}])
def test_anything_else_is_refused_and_never_crashes(item):
    with pytest.raises(ExperienceError):
        parse_statement(item, shipped())


def test_the_id_does_not_depend_on_how_a_rule_is_written():
    one = stated(conditions={"noises": ["squeal", "whine"], "make": ["Example"]})
    other = stated(
        conditions={"声音": ["啸叫声", "尖叫声"], "品牌": " EXAMPLE "}, author="e5",
        role="engineer", strength="often", look_at={"fault": "Worn alternator bearing"},
    )  # fmt: skip
    assert one.rule.id == other.rule.id
    assert one.rule.id != stated(conditions={"noises": ["squeal"], "make": ["Example"]}).rule.id


ranges = st.one_of(
    st.builds(lambda low: {"from": low}, st.integers(-30, 40)),
    st.builds(lambda low, more: {"from": low, "below": low + more}, st.integers(-30, 40),
              st.integers(1, 30)),
)  # fmt: skip
rules = st.fixed_dictionaries(
    {
        "conditions": st.fixed_dictionaries(
            {"noises": st.lists(st.sampled_from(FAULT_NOISES), min_size=1, max_size=3)},
            optional={
                "damages": st.lists(st.sampled_from(VISIBLE_DAMAGES), min_size=1, max_size=2),
                "when": st.lists(st.sampled_from(WHEN), min_size=1, max_size=3),
                "codes": st.lists(
                    st.sampled_from(["P0301", "P03??", "C0040"]), min_size=1, max_size=3
                ),
                "words": st.lists(
                    st.sampled_from(["下雨天响", "in the rain"]), min_size=1, max_size=3
                ),
                "ambient_c": ranges,
                "year": st.just({"from": 2019}),
            },
        ),
        "look_at": st.sampled_from(
            [{"fault": "alternator_bearing"}, {"test": "belt_off"}, {"unknown_fault": "进气管开裂"}]
        ),
        "strength": st.sampled_from(STRENGTHS),
        "role": st.sampled_from(ROLES),
        "author": st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True),
        "date": st.dates(date(2000, 1, 1), date(2030, 1, 1)).map(str),
    },
    optional={"note": st.text("abc 下雨: #'\"\n-", min_size=1, max_size=30).map(str)},
)


@unhurried
@given(st.lists(rules, max_size=4))
def test_what_is_written_is_read_again(tmp_path_factory, written_rules):
    statements = tuple(parse_statement(rule, shipped()) for rule in written_rules)
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    write_rule_file(path, statements)
    found = read_rule_file(path, shipped())
    assert found.problems == ()
    assert found.statements == statements
    assert [s.rule.id for s in found.statements] == [s.rule.id for s in statements]


def test_a_rule_reads_as_one_sentence():
    conditions = {
        "noises": ["squeal"], "when": ["cold_start"], "ambient_c": {"below": 5},
        "humidity_pct": {"from": 80}, "model": ["E7"], "year": {"from": 2019, "to": 2022},
    }  # fmt: skip
    statement = stated(conditions=conditions)
    text = rule_sentence(shipped(), statement.rule, statement.strength)
    assert text.zh == (
        "车辆为e7 2019～2022 年款、听到尖叫声、在冷车起动、气温低于 5 °C、空气湿度不低于 80 %时，"
        "先查“发电机轴承磨损”：多半是它。"
    )
    assert text.en == (
        "When the vehicle is e7 of 2019 to 2022 and squeal is heard and it comes at a cold start "
        "and the outside temperature is below 5 °C and the air humidity is at least 80 %, look "
        "first at “Worn alternator bearing”: it is mostly that."
    )
