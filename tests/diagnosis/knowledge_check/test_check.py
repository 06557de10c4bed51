"""Every kind of defect is planted in a base that is clean without it, and found at its line."""

import re
from pathlib import Path

import pytest

from tests.diagnosis.small_base import COOLING, write_small_base
from tingzhen.diagnosis import KNOWLEDGE_DIR, load_knowledge
from tingzhen.diagnosis.knowledge_check import check_documents
from tingzhen.diagnosis.knowledge_files import LEVELS, Finding, read_base
from tingzhen.errors import KnowledgeError

CJK = re.compile("[\u4e00-\u9fff]")


def findings(folder: Path) -> list[Finding]:
    documents, unreadable = read_base(folder)
    return [*unreadable, *check_documents(documents).findings]


def test_the_shipped_base_is_clean() -> None:
    assert findings(KNOWLEDGE_DIR) == []


def test_the_small_base_is_clean_and_loads(tmp_path: Path) -> None:
    assert findings(write_small_base(tmp_path)) == []
    knowledge = load_knowledge(tmp_path)
    assert [component.id for component in knowledge.components] == ["pump", "fan"]
    fan = next(fault for fault in knowledge.faults if fault.id == "fan_dead")
    assert fan.prior == pytest.approx(1.5)  # the only fault to share the gate's prior
    assert knowledge.gates[1].at_least == 2


OTHER = """
  - id: other
    name: {zh: 另一故障, en: Another fault}
    prior: 1
    noises: {whine: 0.5}
    tests: {switch_on_fan: {still: 0.5}}
    repair: {steps: {zh: 修理。, en: Mend it.}, parts: [], labour_min: 5}
    severity: minor
    drive: {advice: ok, reason: {zh: 不影响。, en: No matter.}}
    source: expert prior
  - id: bonnet_dented"""

# code, what stands there, what replaces it, words of the line that is named, words of the sentence
PLANTED: list[tuple[str, str, str, str, str]] = [
    ("key_unknown", "    prior: 2\n", "    priority: 2\n", "priority", "priority"),
    ("key_missing", "      labour_min: 90\n", "", "repair:", "labour_min"),
    ("key_missing", "    risk_note: {zh: 小心烫伤。, en: Mind the heat.}\n", "", "risk: medium",
     "risk_note"),
    ("value_invalid", "minutes: 10", "minutes: ten", "minutes: ten", "not of type 'number'"),
    ("out_of_range", "whine: 0.6", "whine: 1.6", "1.6", "below 1"),
    ("out_of_range", "factor: 9", "factor: 4000", "4000", "at most 200"),
    ("out_of_range", "probability: 0.3", "probability: 0.0", "hot_day", "above 0"),
    ("translation_missing", "name: {zh: 水泵轴承磨损, en: Worn water pump}",
     "name: {zh: 水泵轴承磨损}", "水泵轴承磨损", "'en'"),
    ("translation_missing", "how: {zh: 用手晃动皮带轮。, en: Shake the pulley by hand.}",
     'how: {zh: "", en: Shake the pulley by hand.}', "Shake", "zh is empty"),
    ("translation_doubtful", "en: Renew the fan.", "en: 换风扇 fan", "换风扇", "Chinese in"),
    ("translation_doubtful", "zh: 更换风扇。", "zh: renew the fan", "renew the fan", "no Chinese"),
    ("translation_doubtful", "zh: [水泵], en", "zh: [], en", "water pump", "one language"),
    ("source_missing", "    source: expert prior\n    sources: {codes", "    sources: {codes",
     "pump_worn", "'source'"),
    ("source_vague", "source: expert prior\n    sources: {minutes",
     "source: TODO\n    sources: {minutes", "TODO", "no source"),
    ("source_vague", "price list 2024", "待定待定", "sources", "no source"),
    ("id_twice", "id: bonnet_dented", "id: fan_dead", "fan_dead", "used before"),
    ("id_twice", "- {id: hot_day", "- {id: pump_worn", "pump_worn", "used before"),
    ("name_twice", "en: Dented bonnet", "en: fan does not TURN", "TURN", "fan_dead"),
    ("reference_unknown", "grind: 0.3", "gring: 0.3", "gring", "do you mean grind"),
    ("reference_unknown", "cold_start: 1.5", "cold_state: 1.5", "cold_state", "cold_start"),
    ("reference_unknown", "look_at_pump: {play: 0.8}", "look_at_pomp: {play: 0.8}",
     "look_at_pomp", "look_at_pump"),
    ("reference_unknown", "{play: 0.8}", "{plaay: 0.8}", "plaay", "outcomes of look_at_pump"),
    ("reference_unknown", "component: fan", "component: van", "component: van", "fan"),
    ("reference_unknown", "inputs: [e_fan, hot_day]", "inputs: [e_fan, hot_days]", "hot_days",
     "hot_day"),
    ("reference_unknown", "damage: dent", "damage: dint", "dint", "dent"),
    ("reference_unknown", "fault: fan_dead", "fault: fan_deaf", "fan_deaf", "fan_dead"),
    ("reference_unknown", "{codes: SAE", "{coeds: SAE", "coeds", "no number"),
    ("reference_unknown", "noise: whine", "noise: whime", "whime", "whine"),
    ("code_invalid", 'match: "P0217"', 'match: "P9217"', "P9217", "P0301"),
    ("sum_not_one", "still: 0.95, turns: 0.05", "still: 0.95, turns: 0.15", "still: 0.95",
     "add up to 1.1"),
    ("sum_not_one", "otherwise: 0.9}", "otherwise: 0.8}", "outcomes", "adds up to 0.9"),
    ("range_empty", "low: 80000, factor", "low: 80000, high: 70000, factor", "high: 70000",
     "under high"),
    ("prior_unclear", "    prior: 1\n    tests", "    tests", "bonnet_dented", "prior is missing"),
    ("prior_unclear", "    prior: 1.5\n", "", "fan_dead", "prior is missing"),
    ("prior_unclear", "    component: fan\n", "    component: fan\n    prior: 1\n", "prior: 1.5",
     "no fault"),
    ("contradiction", "    component: fan\n", "    component: fan\n    prior: 1\n", "e_fan",
     "prior of its own"),
    ("contradiction", "severity: serious\n", "severity: dangerous\n", "advice: soon", "dangerous"),
    ("contradiction", "at_least: 2", "at_least: 3", "at_least: 3", "3 of 2"),
    ("contradiction", "    kind: or\n", "    kind: or\n    at_least: 1\n", "overheats", "vote"),
    ("contradiction", "inputs: [pump_worn, fan_matters]",
     "inputs: [pump_worn, fan_matters, bonnet_dented]", "bonnet_dented", "mechanical"),
    ("contradiction", '      - {match: "P0217", factor: 9}\n',
     '      - {match: "P0217", factor: 9}\n      - {match: "P0217", factor: 2}\n', "P0217",
     "2 times"),
    ("contradiction", "    damage: dent\n", "    damage: dent\n    noises: {clunk: 0.5}\n",
     "damage: dent", "takes no noises"),
    ("implausible", "severity: minor", "severity: moderate", "advice: ok", "moderate"),
    ("implausible", "{advice: ok", "{advice: stop", "advice: stop", "minor"),
    ("implausible", "charging: 0.05", "charging: 5", "charging: 5", "not charged"),
    ("cycle", "inputs: [e_fan, hot_day]", "inputs: [e_fan, hot_day, overheats]", "fan_matters",
     "circle"),
    ("gate_link_missing", "noises: {whine: 0.6, grind: 0.3}", "noises: {grind: 0.3}", "inputs:",
     "pump_worn"),
    ("cause_unreachable", "  - id: bonnet_dented",
     OTHER.replace("    noises: {whine: 0.5}\n", ""), "id: other", "lead to this fault"),
    ("cause_unreachable", "  - id: bonnet_dented", OTHER.replace("whine: 0.5", "whine: 0.01"),
     "id: other", "lead to this fault"),
    ("cause_untested", "  - id: bonnet_dented",
     OTHER.replace("    tests: {switch_on_fan: {still: 0.5}}\n", ""), "id: other", "no test"),
    ("test_tells_nothing", "      switch_on_fan: {still: 0.95, turns: 0.05}\n",
     "      switch_on_fan: {still: 0.11}\n", "id: switch_on_fan", "tells nothing"),
    ("link_tells_nothing", "cold_start: 1.5", "cold_start: 1", "cold_start: 1", "factor of 1"),
    ("link_tells_nothing", "factor: 8}", "factor: 1}", "factor: 1", "factor of 1"),
    ("link_tells_nothing", "{play: 0.02}", "{play: 0.05}", "0.05", "same as without"),
    ("test_unused", "      switch_on_fan: {still: 0.95, turns: 0.05}\n", "", "id: switch_on_fan",
     "no fault names"),
    ("entry_unused", "    component: fan\n", "", "id: fan, name", "no fault is"),
    ("entry_unused", "at_least: 2, inputs: [e_fan, hot_day]", "at_least: 1, inputs: [e_fan]",
     "hot_day", "no gate"),
    ("setting_wrong", "gates:\n",
     "settings: {noise_cap: {value: 60, source: expert prior}}\ngates:\n", "settings",
     "exactly one"),
    ("file_unreadable", "faults:\n", "faults:\nfaults:\n", "faults:", "twice"),
    ("file_unreadable", "id: fan_dead\n", "id: &x fan_dead\n    damage: *x\n", "fan_dead",
     "aliases"),
]  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: f"{planted[0]}: {planted[2][:30]}")
def test_a_planted_defect_is_found_at_its_line(tmp_path: Path, planted: tuple[str, ...]) -> None:
    code, old, new, of_line, says = planted
    assert old in COOLING
    text = COOLING.replace(old, new, 1)
    everything = findings(write_small_base(tmp_path, text))
    lines = text.splitlines()
    assert any(
        of_line in lines[f.place.line - 1] and says in f.text.en and CJK.search(f.text.zh)
        for f in everything
        if f.code == code and f.place.file == "cooling.yaml"
    ), [f.line().en for f in everything]


@pytest.mark.parametrize("code", ["cycle", "prior_unclear", "out_of_range", "file_unreadable"])
def test_a_base_with_an_error_does_not_load(tmp_path: Path, code: str) -> None:
    old, new = next(planted[1:3] for planted in PLANTED if planted[0] == code)
    with pytest.raises(KnowledgeError, match=r"cooling\.yaml:\d+: "):
        load_knowledge(write_small_base(tmp_path, COOLING.replace(old, new, 1)))


@pytest.mark.parametrize("code", ["implausible", "gate_link_missing", "test_tells_nothing"])
def test_a_base_with_a_warning_loads(tmp_path: Path, code: str) -> None:
    assert LEVELS[code] == "warning"
    old, new = next(planted[1:3] for planted in PLANTED if planted[0] == code)
    load_knowledge(write_small_base(tmp_path, COOLING.replace(old, new, 1)))


def test_what_is_too_large_to_compute_is_found(tmp_path: Path) -> None:
    events = [
        f"  - {{id: x{n}, name: {{zh: 事件{n}, en: Event {n}}}, probability: 0.1,"
        " source: expert prior}"
        for n in range(301)
    ]
    names = ", ".join(f"x{n}" for n in range(301))
    text = COOLING.replace("gates:\n", "\n".join(events) + "\ngates:\n")
    text += (
        f"  - {{id: large, name: {{zh: 大, en: Large}}, kind: or, inputs: [{names}],"
        " source: expert prior}\n"
    )
    found = findings(write_small_base(tmp_path, text))
    assert [f.code for f in found] == ["tree_too_large"]


def test_all_defects_are_found_at_once(tmp_path: Path) -> None:
    """A wrong entry hides nothing in the others, and what it names still counts as named."""
    text = COOLING.replace("whine: 0.6", "whine: 1.6").replace('"P0480"', '"P9480"')
    text = text.replace("severity: minor", "severity: none").replace("minutes: 5", "minutes: -5")
    found = findings(write_small_base(tmp_path, text))
    assert sorted(f.code for f in found) == [
        "code_invalid", "out_of_range", "out_of_range", "value_invalid"
    ]  # fmt: skip


def test_every_code_that_a_yaml_base_can_meet_is_planted() -> None:
    of_sheets = {"sheet_unknown", "column_unknown", "cell_invalid", "file_name_invalid"}
    planted = {planted[0] for planted in PLANTED} | {"tree_too_large"}
    assert planted == set(LEVELS) - of_sheets


def test_every_code_and_level_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "knowledge.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `(\w+)` \| (error|warning) \|", page, re.MULTILINE)) == LEVELS
