"""The terminal report fits 80 columns and obeys no file name."""

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from tests.serving.examples import photo_analysis, sound_analysis, video_analysis
from tingzhen.audio import NoiseEvent
from tingzhen.errors import NotFound
from tingzhen.language import LANGUAGES, Language, Text
from tingzhen.serving import Analysis, build_error
from tingzhen.serving.report.phrases import frequency_band
from tingzhen.serving.terminal.report import print_error, print_report


def printed(analysis: Analysis, language: Language) -> str:
    out = io.StringIO()
    print_report(Console(file=out, width=80, highlight=False), analysis, language)
    return out.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("analysis", [video_analysis(), photo_analysis(), sound_analysis()])
def test_no_line_is_wider_than_80_columns(analysis: Analysis, language: Language) -> None:
    assert all(cell_len(line) <= 80 for line in printed(analysis, language).splitlines())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_comes_before_its_details(language: Language) -> None:
    text = printed(video_analysis(), language)
    analysis = video_analysis()
    cause = analysis.diagnosis.causes[0].name.to(language)
    test = analysis.diagnosis.next_test
    assert test is not None
    assert 0 < text.index(cause) < text.index(test.name.to(language))
    assert "0.5–1.8 s" in text
    assert "[b]" not in text


def test_a_file_name_cannot_drive_the_terminal() -> None:
    name = "\x1b]0;owned\x07\x1b[31m[red]x[/red]\u202e.mp4"
    text = printed(video_analysis(name), "en")
    out = io.StringIO()
    error = build_error(name, NotFound(Text("找不到。", "Not there.")), "en")
    print_error(Console(file=out, width=80), error, "en")
    for shown in (text, out.getvalue()):
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert "\u202e" not in shown
        assert "[red]x[/red]" in shown


def test_many_events_are_counted_and_not_all_printed() -> None:
    base = video_analysis()
    many = tuple(NoiseEvent("knock", i / 30, i / 30 + 0.02, 0.9, 500, 900) for i in range(100))
    text = printed(replace(base, noise=replace(base.noise, events=many)), "en")
    assert text.count("500 to 900 Hz") == 12
    assert "88 more" in text


def test_a_band_is_said_in_two_figures_unless_they_are_alike() -> None:
    assert frequency_band(2110, 3380, "en") == "2.1 to 3.4 kHz"
    assert frequency_band(31.2, 796.9, "zh") == "31 至 800 Hz"
    assert frequency_band(30, 8000, "en") == "0.03 to 8 kHz"
    assert frequency_band(1502, 1533, "en") == "1.5 to 1.53 kHz"
    assert frequency_band(None, None, "en") == ""
