"""The first line never claims more, or less, than what follows it."""

from dataclasses import replace

from tests.serving.examples import photo_analysis, video_analysis
from tingzhen.language import LANGUAGES
from tingzhen.serving import Analysis
from tingzhen.serving.report.phrases import PHRASES, percent
from tingzhen.serving.report.summary import headline, seen, shown_in, sureness, suspects


def with_diagnosis(analysis: Analysis, **changes: object) -> Analysis:
    return replace(analysis, diagnosis=replace(analysis.diagnosis, **changes))


def test_the_mechanical_cause_comes_before_a_more_visible_dent() -> None:
    named, other = suspects(video_analysis())
    assert named is not None
    assert other is not None
    assert (named.fault, other.fault) == ("rod_bearing_wear", "panel_dent")


def test_a_dent_alone_is_named_where_nothing_was_heard() -> None:
    quiet = with_diagnosis(photo_analysis(), something_wrong=0.02)
    named, _ = suspects(quiet)
    assert named is not None
    assert named.fault == "panel_dent"


def test_a_cause_that_does_not_stand_out_is_not_the_headline() -> None:
    base = video_analysis()
    weak = tuple(replace(cause, probability=0.1) for cause in base.diagnosis.causes)
    many = with_diagnosis(base, causes=weak)
    assert headline(many, "en") == "A fault is likely"
    assert "10 %" in sureness(many, "en")


def test_no_all_clear_stands_above_a_warning() -> None:
    base = video_analysis()
    for language in LANGUAGES:
        clear = PHRASES["no_fault_found"].to(language)
        for drive in ("stop", "soon"):
            unsure = with_diagnosis(base, verdict="no_fault_found", drive=drive)
            assert headline(unsure, language) != clear


def test_no_probability_claims_certainty() -> None:
    assert percent(0.9999, "en") == "> 99 %"
    assert percent(0.0004, "zh") == "<1%"
    assert percent(0.5, "zh") == "50%"


def test_a_tyre_in_doubt_comes_first_where_nothing_else_is_found() -> None:
    base = video_analysis()
    doubt = replace(base.damage, verdict="cannot_tell", findings=(), doubtful=("tyre_bulge",))
    for verdict in ("no_fault_found", "cannot_tell"):
        unsure = with_diagnosis(replace(base, damage=doubt), verdict=verdict, drive="soon")
        assert "check the tyre before driving" in headline(unsure, "en")
        assert "检查轮胎" in headline(unsure, "zh")
        assert seen(unsure, "en").endswith("there may be: Bulge on a tyre (experimental)")


def test_a_damage_says_how_many_pictures_show_it() -> None:
    dent, tyre = video_analysis().damage.findings
    assert shown_in(dent, "en") == "in 3 pictures, 0.0 to 2.0 s"
    assert shown_in(dent, "zh") == "3 帧画面可见，0.0 至 2.0 秒"
    assert shown_in(tyre, "en") == "in one picture"
