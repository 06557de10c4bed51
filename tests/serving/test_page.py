"""The page of a clip: safe whatever the clip is called, and complete."""

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.serving.examples import (
    HOSTILE_NAME,
    heated,
    photo_analysis,
    sound_analysis,
    video_analysis,
)
from tingzhen.audio import NoiseEvent
from tingzhen.language import LANGUAGES, Language
from tingzhen.serving.file_names import heat_name, page_name
from tingzhen.serving.report.page import render_page
from tingzhen.serving.report.page_pictures import HEATS, frame_at
from tingzhen.serving.report.phrases import PHRASES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_speaks_one_language_and_says_the_verdict_first(language: Language) -> None:
    page = render_page(video_analysis(), language)
    wanted = {"zh": ("很可能是：连杆轴承磨损", "请勿继续行驶", "测量机油压力"),
              "en": ("Likely: Worn connecting-rod bearing", "Do not drive on",
                     "Measure the oil pressure")}[language]  # fmt: skip
    places = [page.index(words, page.index("<body>")) for words in wanted]
    assert places == sorted(places)
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in page


def test_a_hostile_name_is_only_text() -> None:
    page = render_page(video_analysis(HOSTILE_NAME), "en")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "怠速时 &lt;b&gt;哐当&lt;/b&gt; 响" in page


def test_a_page_refers_to_nothing_outside() -> None:
    page = render_page(video_analysis(), "en")
    links = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)""", page)
    assert links
    assert all(link.startswith(("data:", "#")) for link in links)
    assert not re.search(r"url\(|@import|https?://", page)
    assert "default-src 'none'" in html.unescape(page)
    assert "unsafe" not in page


def test_a_hundred_events_fold_away_and_cost_no_more() -> None:
    """Their buttons play the one recording of the clip, so only words are added."""
    base = video_analysis()
    many = tuple(NoiseEvent("knock", i / 30, i / 30 + 0.02, 0.9, 500, 900) for i in range(100))
    page = render_page(replace(base, noise=replace(base.noise, events=many)), "en")
    assert page.count("data:audio/") == 1
    assert page.index("<summary>88 more</summary>") < page.index("Play 13, Knock")
    assert len(page) < len(render_page(base, "en")) + 150_000
    played = re.findall(r'data-seek="([\d.]+)" data-until="([\d.]+)"', page)
    assert len(played) >= 100
    assert all(0 <= float(a) < float(b) <= float(a) + 10 for a, b in played)


def test_a_photo_has_no_player_and_a_sound_no_pictures() -> None:
    assert "<audio" not in render_page(photo_analysis(), "zh")
    assert "<figure" not in render_page(sound_analysis(), "zh")


def test_evidence_leads_to_its_picture() -> None:
    page = render_page(video_analysis(), "en")
    target = re.search(r'class="see" href="#([^"]+)"', page)
    assert target is not None
    assert f'id="{target[1]}"' in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_damage_has_a_heat_map_that_is_off_at_first(language: Language) -> None:
    page = render_page(heated(video_analysis()), language)
    switches = re.findall(r'<input type="checkbox" class="heat-on on-(\d+)" id="([^"]+)"', page)
    assert [number for number, _ in switches] == ["1", "1"]
    labels = re.findall(r'<label class="switch switch-\d+" for="([^"]+)"', page)
    assert [name for _, name in switches] == labels
    assert page.count('class="heat heat-1" src="data:image/png') == 2
    assert "checked>" not in page
    for number in range(1, HEATS + 1):
        assert f".on-{number}:checked ~ .view .heat-{number}" in page
    assert page.count(PHRASES["heat_hint"].to(language)) == 1
    assert page.count(PHRASES["dashed_box"].to(language)) == 1
    plain = render_page(video_analysis(), language)
    assert "<input" not in plain


def test_a_damage_says_its_name_its_chance_and_which_pictures_show_it() -> None:
    page = render_page(video_analysis(), "en")
    assert re.search(r"Dent <span[^>]*>· 81 % · in 3 pictures, 0.0 to 2.0 s", page)
    assert re.search(r"Worn tyre \(experimental\) <span[^>]*>· 42 % · in one picture", page)
    photo = render_page(photo_analysis(), "en")
    assert re.search(r"Dent <span[^>]*>· 81 %<", photo)


def test_the_frame_nearest_in_time_is_shown() -> None:
    frames = video_analysis().clip.frames
    assert [frame_at(frames, s) for s in (-1.0, 0.4, 1.4, 2.6, 99.0)] == [0, 0, 1, 3, 3]


@given(st.lists(st.text(max_size=80), max_size=6))
def test_page_names_are_safe_and_distinct(names: list[str]) -> None:
    taken: set[str] = set()
    for name in names:
        page = page_name(name, taken)
        assert page.casefold() not in taken
        assert re.fullmatch(r"[\w][\w.-]*\.html", page)
        assert len(page.encode()) <= 255
        heat = heat_name(page, 2, "dent")
        assert re.fullmatch(r"[\w][\w.-]*-2-dent\.jpg", heat)
        taken.add(page.casefold())


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\x.mp4", "/", "", ".", ".hidden"])
def test_a_page_stays_in_its_folder(name: str) -> None:
    page = page_name(name)
    assert "/" not in page
    assert "\\" not in page
    assert not page.startswith(".")
