"""The report is exactly the fixed JSON, in both languages."""

import json
import re
from dataclasses import replace

import jsonschema
import pytest

from tests.serving.examples import photo_analysis, sound_analysis, video_analysis
from tests.serving.fixed_report import ERROR, REPORT
from tingzhen.errors import NotFound
from tingzhen.language import LANGUAGES, Language, Text
from tingzhen.serving import Analysis, Report, build_error, build_report
from tingzhen.serving.report.example import REPORT_EXAMPLE

ANALYSES = {"video": video_analysis(), "photo": photo_analysis(), "sound": sound_analysis()}
CJK = re.compile("[\u4e00-\u9fff]")


def as_json(analysis: Analysis, language: Language) -> dict:
    return json.loads(build_report(analysis, language).to_json())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ANALYSES)
def test_a_report_is_exactly_the_fixed_json(kind: str, language: Language) -> None:
    report = as_json(ANALYSES[kind], language)
    jsonschema.validate(report, REPORT)
    assert report["clip"]["kind"] in ("video", "photo", "audio")
    for part in ("noise", "damage"):
        chances = [entry["probability"] for entry in report[part]["types"]]
        assert chances == sorted(chances, reverse=True)
        assert len({entry["type"] for entry in report[part]["types"]}) == len(chances)


def test_the_example_in_the_interface_is_a_report() -> None:
    jsonschema.validate(REPORT_EXAMPLE, REPORT)


def test_a_photo_lasts_no_time_and_has_no_sound() -> None:
    report = as_json(ANALYSES["photo"], "en")
    assert report["clip"]["duration_s"] == 0.0
    assert report["clip"]["audio"] is None
    assert report["noise"]["verdict"] == "no_audio"


def test_a_sound_recording_has_no_pictures() -> None:
    report = as_json(ANALYSES["sound"], "en")
    assert report["clip"]["video"] is None
    assert report["damage"]["verdict"] == "no_video"


def test_languages_differ_only_in_their_texts() -> None:
    chinese, english = (as_json(ANALYSES["video"], language) for language in ("zh", "en"))
    english.pop("clip"), chinese.pop("clip")
    assert not CJK.search(json.dumps(english, ensure_ascii=False))
    assert CJK.search(chinese["noise"]["types"][0]["name"])
    assert CJK.search(chinese["diagnosis"]["plan"][0]["text"])
    assert [c["fault"] for c in chinese["diagnosis"]["causes"]] == [
        c["fault"] for c in english["diagnosis"]["causes"]
    ]


def test_evidence_keeps_its_seconds_and_its_place() -> None:
    causes = as_json(ANALYSES["video"], "en")["diagnosis"]["causes"]
    heard = causes[0]["evidence"][0]
    assert (heard["start_s"], heard["end_s"]) == (0.5, 1.75)
    seen = next(c for c in causes if c["fault"] == "panel_dent")["evidence"][0]
    assert seen["time_s"] == 1.0
    assert seen["box"] == [0.2, 0.3, 0.25, 0.2]


def test_a_damage_says_which_pictures_show_it_and_its_type_if_it_is_an_experiment() -> None:
    damage = as_json(ANALYSES["video"], "en")["damage"]
    dent, tyre = damage["findings"]
    assert (dent["time_s"], dent["frames"], dent["start_s"], dent["end_s"]) == (1.0, 3, 0.0, 2.0)
    assert (tyre["time_s"], tyre["frames"], tyre["start_s"], tyre["end_s"]) == (3.0, 1, 3.0, 3.0)
    names = {entry["type"]: entry["name"] for entry in damage["types"]}
    assert names["tyre_worn"] == "Worn tyre (experimental)"
    assert names["dent"] == "Dent"


def test_a_report_from_before_the_optional_keys_is_still_one() -> None:
    old = as_json(ANALYSES["video"], "en")
    for finding in old["damage"]["findings"]:
        for key in ("frames", "start_s", "end_s"):
            del finding[key]
    jsonschema.validate(old, REPORT)
    assert Report.model_validate(old).damage.findings[0].frames is None


def test_a_name_that_is_no_utf8_still_makes_json() -> None:
    base = ANALYSES["video"]
    odd = replace(
        base, clip=replace(base.clip, name=b"caf\xe9.mp4".decode("utf-8", "surrogateescape"))
    )
    assert as_json(odd, "en")["clip"]["name"] == "caf\N{REPLACEMENT CHARACTER}.mp4"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_object(language: Language) -> None:
    error = NotFound(Text("找不到文件。", "There is no such file."))
    shown = json.loads(build_error("gone.mp4", error, language).to_json())
    jsonschema.validate(shown, ERROR)
    assert shown["code"] == "not_found"
    assert shown["message"] == error.message(language)
