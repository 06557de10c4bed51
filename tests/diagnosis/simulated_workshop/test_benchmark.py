"""The command that plays: it goes on where it stopped, and says on every page what it is."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import workshop, workshop_page
from tingzhen.diagnosis.simulated_workshop import ENGINE, FIXED_ORDER, USUAL

PART = workshop.Part("tiny world", USUAL, 20, 3, 0, (FIXED_ORDER, "P/C", ENGINE), (0.05,))


def play(out: Path, *, most: int, part: workshop.Part = PART, workers: int = 1) -> None:
    workshop.play_part(part, out, most=most, workers=workers, end=math.inf)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("workshop")
    play(out, most=3)
    return out


def test_a_stopped_run_goes_on_and_gives_the_same(whole: Path, tmp_path: Path) -> None:
    play(tmp_path, most=1)
    file = tmp_path / "tiny-world.jsonl"
    complete = file.read_text(encoding="utf-8")
    # Killed in the middle of a line: that vehicle is played again, the others are not.
    file.write_text(complete + '{"vehicle": 1, "tr', encoding="utf-8")
    play(tmp_path, most=3)
    assert file.read_text(encoding="utf-8").startswith(complete)
    assert workshop.kept(tmp_path, PART) == workshop.kept(whole, PART)
    assert [one.vehicle for one in workshop.kept(tmp_path, PART)] == [0, 1, 2]


def test_a_run_whose_time_is_over_plays_nothing(tmp_path: Path) -> None:
    workshop.play_part(PART, tmp_path, most=3, workers=1, end=0.0)
    assert workshop.kept(tmp_path, PART) == []


def test_visits_of_other_settings_are_not_mixed(whole: Path) -> None:
    other = replace(PART, assumptions=replace(USUAL, hearing=0.5))
    with pytest.raises(SystemExit, match="other settings"):
        workshop.kept(whole, other)
    assert workshop.kept(whole, replace(PART, vehicles=500))


def test_the_page_says_that_it_is_a_simulation_and_keeps_its_text(
    whole: Path, tmp_path: Path
) -> None:
    figures = workshop_page.figures({"tiny world": (PART, workshop.kept(whole, PART))})
    assert figures["simulation"] is True
    assert workshop_page.as_text(figures).startswith("SIMULATION")
    page = tmp_path / "page.md"
    page.write_text(f"# Before\n{workshop_page.BEGIN}\nold\n{workshop_page.END}\nafter\n")
    workshop_page.write(page, figures)
    workshop_page.write(page, figures)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert text.count("| 5% | engine |") == 1
    page.write_text("no place")
    with pytest.raises(SystemExit, match="no place"):
        workshop_page.write(page, figures)


def test_the_marks_are_judged_by_their_numbers(whole: Path) -> None:
    played = workshop.kept(whole, PART)
    marks = workshop_page.figures({"tiny world": (PART, played)})["marks"]
    first = next(m for m in marks if m["mark"].startswith("engine: fixed first time"))
    fixed = [one.visits[ENGINE, 0.05].fixed_first_time for one in played]
    assert first["figure"][0] == pytest.approx(sum(fixed) / len(fixed), abs=1e-4)
    assert first["met"] == (sum(fixed) / len(fixed) >= 0.92)
