"""The shipped base is complete; a wrong one is refused with file and line."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.diagnosis.small_base import write_small_base
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import KnowledgeBase, load_knowledge
from tingzhen.diagnosis._checked import is_checked
from tingzhen.diagnosis.circumstances import POWERTRAINS
from tingzhen.diagnosis.knowledge_check import SCHEMA_PATH
from tingzhen.diagnosis.knowledge_load import KNOWLEDGE_DIR
from tingzhen.diagnosis.sources import source_of
from tingzhen.errors import KnowledgeError
from tingzhen.language import LANGUAGES, Text
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

CJK = re.compile("[\u4e00-\u9fff]")


def test_every_noise_and_every_damage_has_faults(knowledge: KnowledgeBase) -> None:
    assert len(knowledge.faults) >= 110
    for noise_type in FAULT_NOISES:
        strong = [f for f in knowledge.faults if f.noises.get(noise_type, 0.0) >= 0.5]
        assert strong, noise_type
    for damage in VISIBLE_DAMAGES:
        assert len(knowledge.visible[damage]) >= 1, damage


def test_every_powertrain_has_faults_of_its_own(knowledge: KnowledgeBase) -> None:
    for powertrain in POWERTRAINS:
        assert sum(powertrain in f.powertrains for f in knowledge.faults) >= 20
    assert any(f.powertrains == {"diesel"} for f in knowledge.faults)
    assert any(f.powertrains == {"electric", "hybrid"} for f in knowledge.faults)


def test_every_fault_can_be_tested_and_every_test_tells(knowledge: KnowledgeBase) -> None:
    used = {name for fault in knowledge.faults for name in fault.tests}
    assert used == {test.id for test in knowledge.tests}
    assert all(fault.tests for fault in knowledge.faults)


def test_outcomes_are_distributions(knowledge: KnowledgeBase) -> None:
    outcomes = knowledge.tables.outcomes
    every = np.arange(len(knowledge.faults))
    for number in range(len(knowledge.tests)):
        table = outcomes.table(number, every)
        assert table.min() >= 0.0
        assert abs(table.sum(axis=1) - 1.0).max() < 1e-9


def test_what_is_dangerous_stops_and_says_why(knowledge: KnowledgeBase) -> None:
    for fault in knowledge.faults:
        assert (fault.severity == "dangerous") == (fault.drive == "stop"), fault.id
        if fault.drive == "ok":
            assert fault.severity == "minor"
    stops = {f.id for f in knowledge.faults if f.drive == "stop"}
    assert {
        "brake_metal_on_metal", "brake_caliper_stuck", "brake_hydraulics", "ball_joint_worn",
        "track_rod_end_worn", "wheel_nuts_loose", "tyre_carcass_broken", "restraint_deployed",
        "oil_starvation", "engine_seizing", "rod_bearing_worn", "hv_isolation_low",
    } <= stops  # fmt: skip


def test_both_languages_everywhere(knowledge: KnowledgeBase) -> None:
    texts: list[Text] = []
    for fault in knowledge.faults:
        texts += [fault.name, fault.drive_reason, fault.repair.steps, *fault.repair.parts]
    for test in knowledge.tests:
        texts += [test.name, test.how, *test.tools, *(o.text for o in test.outcomes)]
        texts += [test.risk_note] if test.risk_note else []
    texts += [danger.reason for danger in knowledge.dangers]
    texts += [text for r in knowledge.recordings for text in (r.name, r.how)]
    for text in texts:
        assert CJK.search(text.zh) or text.zh.isascii(), text
        assert not CJK.search(text.en), text
    assert sum(bool(CJK.search(text.zh)) for text in texts) == len(texts)


def test_words_are_normal_and_in_their_language(knowledge: KnowledgeBase) -> None:
    every = [*(f.words for f in knowledge.faults), *(m.words for m in knowledge.word_meanings)]
    for words in [*every, *(d.words for d in knowledge.dangers)]:
        assert not any(CJK.search(word) for word in words.en)
        assert all(word == word.casefold().strip() for word in words.en)
        assert all(word == word.strip() for word in words.zh)


def test_every_number_has_a_source(knowledge: KnowledgeBase) -> None:
    assert all(item.source for item in (*knowledge.faults, *knowledge.tests))


def test_everything_says_what_it_costs_and_what_it_is_part_of(knowledge: KnowledgeBase) -> None:
    system_of = {component.id: component.system for component in knowledge.components}
    for fault in knowledge.faults:
        assert fault.component is not None, fault.id
        assert system_of[fault.component] == fault.system, fault.id
        assert fault.repair.cost_cny is not None, fault.id
        assert (fault.repair.cost_cny > 0) == bool(fault.repair.parts), fault.id
        assert fault.repair.warranty is not None, fault.id
        assert not fault.codes or "SAE J2012" in source_of(fault, "codes"), fault.id
    assert all(test.cost_cny is not None for test in knowledge.tests)


def test_the_base_is_large_enough_for_every_system(knowledge: KnowledgeBase) -> None:
    systems = {fault.system for fault in knowledge.faults}
    assert len(systems) >= 18
    for system in systems:
        assert sum(fault.system == system for fault in knowledge.faults) >= 4, system
    assert {gate.kind for gate in knowledge.gates} >= {"and", "or"}


def test_the_mark_of_the_shipped_base_is_current() -> None:
    """After a change to a fault tree: python -m tingzhen.diagnosis.mark_checked"""
    assert is_checked(KNOWLEDGE_DIR, [SCHEMA_PATH, *sorted(KNOWLEDGE_DIR.glob("*.yaml"))])


def test_the_shipped_base_passes_the_full_check(tmp_path: Path) -> None:
    copy = _copy(tmp_path)
    (copy / "checked.json").unlink()
    assert len(load_knowledge(copy).faults) == len(load_knowledge().faults)


def _copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(KNOWLEDGE_DIR, tmp_path / "knowledge"))


def _replace(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert text.count(old) >= 1, old
        return text.replace(old, new, 1)

    return edit


WRONG_SETTINGS = [
    # what stands in base.yaml, what replaces it, a word of the line, what the error must say
    ("noise_cap: {value: 60", "noise_cap: {value: 0.5", "noise_cap", "above 1"),
    ("one_source: 0.7", "two_sources: 0.7", "value:", "needs exactly"),
    ("other_prior: {value: 0.10", "other_prior: {value: 0.90", "other_prior", "under 1"),
]


@pytest.mark.parametrize("wrong", WRONG_SETTINGS)
def test_wrong_settings_are_refused_with_their_line(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    old, new, word, says = wrong
    file = write_small_base(tmp_path) / "base.yaml"
    edited = _replace(old, new)(file.read_text(encoding="utf-8"))
    file.write_text(edited, encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(tmp_path)
    message = caught.value.message("en")
    named = [edited.splitlines()[int(n) - 1] for n in re.findall(r"base\.yaml:(\d+): ", message)]
    assert says in message
    assert any(word in line for line in named), (message, named)
    assert CJK.search(caught.value.message("zh"))


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("system: {id: x\nfaults: [\n", 2, "not valid YAML"),
        ("system: {id: x, name: {zh: 甲, en: a}}\nfaults: []\nfaults: []\n", 3, "twice"),
        ("system: {id: x, name: {zh: 甲, en: a}}\ntests:\n  - id: !!python/name:os.system\n", 3,
         "no plain kind"),
        ("system: {id: x, name: {zh: 甲}}\n", 1, "'en' is a required property"),
        ("- a\n- b\n", 1, "is not of type 'object'"),
        ("", 1, "empty"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_line(
    tmp_path: Path, content: str, line: int, says: str
) -> None:
    folder = write_small_base(tmp_path)
    (folder / "mine.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(folder)
    assert f"mine.yaml:{line}: " in caught.value.message("en")
    assert says in caught.value.message("en")


def test_exact_line_of_a_deep_mistake(tmp_path: Path) -> None:
    folder = write_small_base(tmp_path)
    lines = (folder / "cooling.yaml").read_text(encoding="utf-8").splitlines()
    wrong = next(i for i, text in enumerate(lines) if "factor: 2}" in text)
    lines[wrong] = lines[wrong].replace("factor: 2}", "factor: 4000}")
    (folder / "cooling.yaml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(folder)
    assert f"cooling.yaml:{wrong + 1}: " in str(caught.value)


def test_one_own_fault_can_be_added(tmp_path: Path) -> None:
    folder = write_small_base(tmp_path)
    (folder / "mine.yaml").write_text(
        """
system: {id: mine, name: {zh: 自定义, en: My own}}
faults:
  - id: roof_rack_whistle
    name: {zh: 行李架哨音, en: Whistling roof rack}
    prior: 1
    noises: {whine: 0.7}
    tests: {look_at_pump: {play: 0.9}}
    repair: {steps: {zh: 拆下横杆。, en: Take the bars off.}, parts: [], labour_min: 5}
    severity: minor
    drive: {advice: ok, reason: {zh: 不影响行驶。, en: It does not affect driving.}}
    source: expert prior
""",
        encoding="utf-8",
    )
    assert "roof_rack_whistle" in {fault.id for fault in load_knowledge(folder).faults}


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(tmp_path)
    for language in LANGUAGES:
        assert str(tmp_path) in caught.value.message(language)
