"""The diagnosis part of the fixed report."""

import json
import re

import pytest

from tests.diagnosis.examples import (
    HEARD_NOTHING,
    SEEN_NOTHING,
    SOUND_NORMAL,
    UNSURE_PICTURE,
    UNSURE_SOUND,
    heard,
    seen,
)
from tingzhen.diagnosis import (
    Diagnosis,
    KnowledgeBase,
    diagnose,
    diagnosis_as_dict,
    parse_circumstances,
)
from tingzhen.language import LANGUAGES, Language

CJK = re.compile("[\u4e00-\u9fff]")
CONTEXT = parse_circumstances({
    "when": ["cold_start", "bumps"], "codes": ["P0301"], "complaint": "squeals over bumps",
    "vehicle": {"mileage_km": 150000}, "humidity_pct": 90, "ambient_c": -3, "speed_kmh": 30,
})  # fmt: skip
NOTHING = parse_circumstances({})


@pytest.fixture(params=["all", "photo", "normal", "cannot_tell", "stop"])
def diagnosis(request: pytest.FixtureRequest, knowledge: KnowledgeBase) -> Diagnosis:
    noise, damage, context = {
        "all": (heard(squeal=0.8, clunk=0.7), seen(dent=0.8), CONTEXT),
        "photo": (HEARD_NOTHING, seen(lamp_broken=0.8), NOTHING),
        "normal": (SOUND_NORMAL, seen("undamaged"), NOTHING),
        "cannot_tell": (UNSURE_SOUND, UNSURE_PICTURE, NOTHING),
        "stop": (heard(grind=0.9), SEEN_NOTHING, NOTHING),
    }[request.param]
    return diagnose(knowledge, noise, damage, context)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keys_are_exactly_the_fixed_ones(diagnosis: Diagnosis, language: Language) -> None:
    part = diagnosis_as_dict(diagnosis, language)
    assert list(part) == ["verdict", "drive", "causes", "next_test", "plan"]
    for cause in part["causes"]:
        assert list(cause) == ["fault", "name", "probability", "severity", "evidence"]
        assert cause["evidence"]
    assert json.loads(json.dumps(part, allow_nan=False)) == part
    if part["next_test"] is not None:
        assert {"id", "name", "why", "how", "tools", "minutes", "risk", "outcomes"} <= set(
            part["next_test"]
        )
    assert part["plan"][0]["kind"] == "safety"
    assert part["plan"][0]["id"] == part["drive"]


def _strings(value: object, key: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for k, v in value.items() for pair in _strings(v, k)]
    if isinstance(value, list):
        return [pair for v in value for pair in _strings(v, key)]
    return [(key, value)] if isinstance(value, str) else []


def test_each_language_is_only_itself(diagnosis: Diagnosis) -> None:
    for_people = {"name", "text", "why", "how", "tools", "parts", "risk_note"}
    for language in LANGUAGES:
        for key, string in _strings(diagnosis_as_dict(diagnosis, language)):
            if key in for_people:
                assert bool(CJK.search(string)) is (language == "zh"), (key, string)


def test_evidence_shows_its_place(knowledge: KnowledgeBase) -> None:
    diagnosis = diagnose(knowledge, heard(squeal=0.8), seen(dent=0.8), NOTHING)
    part = diagnosis_as_dict(diagnosis, "en")
    evidence = [e for cause in part["causes"] for e in cause["evidence"]]
    sound = next(e for e in evidence if e["kind"] == "noise" and e["weight"] > 0)
    assert (sound["start_s"], sound["end_s"]) == (1.0, 2.5)
    picture = next(e for e in evidence if e["kind"] == "damage" and e["weight"] > 0)
    assert picture["time_s"] == 0.5
    assert picture["box"] == [0.1, 0.2, 0.3, 0.4]
