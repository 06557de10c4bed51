"""Correcting the machine: what is taken, who may, and who reads it how."""

from pathlib import Path
from typing import Any

import pytest

from tests.odd.encode import moving, tone, write_media
from tests.serving.clips.conftest import Here, is_problem
from tingzhen.serving.records import ClipCorrection, corrections_of, reading

MISSED = {"kind": "missed_noise", "type": "squeal", "start_s": 0.2, "end_s": 0.9,
          "low_hz": 2000, "high_hz": 5200, "note": "only when it is cold"}  # fmt: skip
WRONG = {"kind": "wrong_label", "task": "noise", "type": "knock", "instead": "tick"}
BOX = {"kind": "damage_box", "type": "dent", "frame": 1, "x": 0.1, "y": 0.2, "width": 0.3,
       "height": 0.4}  # fmt: skip
NOTHING = {"kind": "nothing_there", "task": "damage"}


@pytest.fixture(scope="module")
def film(here: Here, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A clip of workshop w1 with pictures and sound."""
    path: Path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_media(path, frames=moving(1440, 240, 12), sound=tone(1.2))
    return f"/v1/clips/{here.done(path.read_bytes(), workshop='w1')}/corrections"


def test_what_a_technician_says_is_kept_with_who_and_when(here: Here, film: str) -> None:
    with here.as_somebody("t017", "technician", "w1") as technician:
        made = [technician.post(film, json=said) for said in (MISSED, WRONG, BOX, NOTHING)]
        assert [answer.status_code for answer in made] == [201] * 4, made
        first = made[0].json()
        assert made[0].headers["location"] == f"{film}/{first['id']}"
        assert {key: first[key] for key in MISSED} == MISSED
        assert (first["author"], first["role"], first["workshop"]) == ("t017", "technician", "w1")
        assert (first["task"], first["noise_model"] != "") == ("noise", True)
        box = made[2].json()
        assert (box["task"], box["frame"]) == ("damage", 1)
        frames = technician.get(film.replace("corrections", "frames")).json()["frames"]
        assert box["time_s"] == pytest.approx(frames[0]["time_s"], abs=0.001)
        listed = technician.get(film).json()["corrections"]
        assert [one["id"] for one in listed] == [answer.json()["id"] for answer in made]
        assert technician.delete(f"{film}/{first['id']}").status_code == 204
        assert len(technician.get(film).json()["corrections"]) == 3
        is_problem(technician.delete(f"{film}/{first['id']}"), 404, "correction_unknown")


def test_others_see_it_without_who_or_not_at_all(here: Here, film: str) -> None:
    clip = film.rsplit("/", 1)[0]
    with here.as_somebody("t018", "technician", "w1") as technician:
        kept = technician.post(film, json=MISSED).json()["id"]
    with here.as_somebody("e1", "engineer") as engineer:
        (seen,) = [c for c in engineer.get(film).json()["corrections"] if c["id"] == kept]
        assert (seen["author"], seen["workshop"], seen["note"]) == (None, None, None)
        assert (seen["role"], seen["type"], seen["low_hz"]) == ("technician", "squeal", 2000)
        is_problem(engineer.post(film, json=MISSED), 403, "not_allowed")
        is_problem(engineer.get(clip), 403, "not_allowed")
    with here.as_somebody("t099", "technician", "w2") as stranger:
        is_problem(stranger.get(film), 404, "clip_unknown")
        is_problem(stranger.post(film, json=MISSED), 404, "clip_unknown")
        is_problem(stranger.delete(f"{film}/{kept}"), 404, "clip_unknown")
    with here.as_somebody("o1", "owner") as owner:
        is_problem(owner.get(film), 403, "not_allowed")


@pytest.mark.parametrize(
    ("said", "change"),
    [
        (MISSED, {"end_s": 0.1}), (MISSED, {"high_hz": 100}), (MISSED, {"high_hz": 9000}),
        (MISSED, {"type": "normal"}), (MISSED, {"type": "dent"}), (MISSED, {"start_s": -1}),
        (MISSED, {"note": "a\x00b"}), (WRONG, {"instead": "dent"}), (WRONG, {"instead": "knock"}),
        (WRONG, {"start_s": 1}), (BOX, {"width": 0.95}), (BOX, {"type": "undamaged"}),
        (BOX, {"frame": 0}), (NOTHING, {"type": "dent"}), (NOTHING, {"task": "smell"}),
        (NOTHING, {"kind": "praise"}),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    here: Here, film: str, said: dict[str, Any], change: dict[str, Any]
) -> None:
    is_problem(here.client.post(film, json=said | change), 422, "upload_invalid")


def test_times_and_pictures_that_the_clip_has_not(here: Here, film: str) -> None:
    late = MISSED | {"start_s": 100, "end_s": 101}
    is_problem(here.client.post(film, json=late), 422, "correction_invalid")
    is_problem(here.client.post(film, json=BOX | {"frame": 200}), 422, "correction_invalid")


def test_a_clip_without_a_report_cannot_be_corrected(here: Here) -> None:
    waiting = f"/v1/clips/{here.accepted()}/corrections"
    is_problem(here.client.post(waiting, json=MISSED), 404, "clip_not_ready")


def test_it_goes_with_the_clip_and_is_exported_with_it(here: Here) -> None:
    clip_id = here.done()
    path = f"/v1/clips/{clip_id}/corrections"
    assert here.client.post(path, json=WRONG).status_code == 201
    assert here.client.delete(f"/v1/clips/{clip_id}").status_code == 204
    with reading(here.service.records) as session:
        assert corrections_of(session, clip_id) == []
        left = session.query(ClipCorrection).filter_by(clip_id=clip_id).count()
    assert left == 0
