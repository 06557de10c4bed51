"""Quality codes that only the recognisers can give, and words for everything that can be said."""

from dataclasses import replace
from typing import get_args

import pytest

from tests.serving.examples import video_analysis
from tingzhen.audio.findings import NoiseVerdict
from tingzhen.diagnosis import result
from tingzhen.diagnosis.circumstances import POWERTRAINS, WHEN
from tingzhen.language import Text
from tingzhen.media.clip import Kind
from tingzhen.serving.quality import quality_facts
from tingzhen.serving.report.phrases import PHRASES
from tingzhen.vision.findings import DamageVerdict

BASE = video_analysis()
DENT_ALONE = replace(BASE.damage, findings=BASE.damage.findings[:1])
REASON = Text("声音太轻。", "The sound is faint.")


def codes(**noise: object) -> list[str]:
    heard = replace(BASE.noise, **noise)
    return [fact.code for fact in quality_facts(BASE.clip, heard, DENT_ALONE)]


def test_speech_and_music_are_reported_from_half_on() -> None:
    assert codes() == []
    assert codes(speech=0.49, music=0.49) == []
    assert codes(speech=0.5) == ["mostly_speech"]
    assert codes(music=0.9) == ["mostly_music"]


def test_a_clip_without_sound_is_not_blamed_for_speech() -> None:
    silent = replace(BASE.clip, waveform=None)
    assert quality_facts(silent, replace(BASE.noise, speech=1.0), DENT_ALONE) == ()


def test_who_cannot_tell_says_why_and_what_to_do() -> None:
    heard = replace(BASE.noise, verdict="cannot_tell", reasons=(REASON, REASON))
    seen = replace(DENT_ALONE, verdict="cannot_tell", reasons=(REASON,))
    facts = quality_facts(BASE.clip, heard, seen)
    assert [fact.code for fact in facts] == ["noise_unclear", "damage_unclear"]
    assert REASON.en in facts[0].message.en
    assert all(fact.advice.zh and fact.advice.en for fact in facts)


def test_an_experimental_type_says_what_it_is_worth_when_it_is_claimed_or_in_doubt() -> None:
    sure = quality_facts(BASE.clip, BASE.noise, BASE.damage)
    assert [fact.code for fact in sure] == ["experimental_type"]
    assert "Worn tyre" in sure[0].message.en
    assert "Bulge" not in sure[0].message.en
    unsure = replace(BASE.damage, verdict="cannot_tell", findings=(), doubtful=("tyre_bulge",))
    facts = quality_facts(BASE.clip, BASE.noise, unsure)
    assert [fact.code for fact in facts] == ["experimental_type"]
    assert "鼓包" in facts[0].message.zh
    other = replace(BASE.damage, findings=BASE.damage.findings[:1], doubtful=("scratch",))
    assert quality_facts(BASE.clip, BASE.noise, other) == ()


def test_no_code_stands_twice() -> None:
    speaking = replace(BASE.clip, quality=quality_facts(
        BASE.clip, replace(BASE.noise, speech=1.0), DENT_ALONE))  # fmt: skip
    facts = quality_facts(speaking, replace(BASE.noise, speech=1.0), DENT_ALONE)
    assert [fact.code for fact in facts] == ["mostly_speech"]


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("noise_", get_args(NoiseVerdict)),
        ("damage_", get_args(DamageVerdict)),
        ("", get_args(result.DiagnosisVerdict)),
        ("drive_", get_args(result.Drive)),
        ("severity_", get_args(result.Severity)),
        ("risk_", get_args(result.Risk)),
        ("step_", get_args(result.StepKind)),
        ("group_", get_args(result.Group)),
        ("when_", WHEN),
        ("powertrain_", POWERTRAINS),
        ("kind_", get_args(Kind)),
    ],
)
def test_there_are_words_for_everything_that_can_be_said(
    prefix: str, values: tuple[str, ...]
) -> None:
    assert values
    assert [value for value in values if f"{prefix}{value}" not in PHRASES] == []
