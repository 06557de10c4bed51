"""What the pages of a workshop ask: the queue, the spectrogram in numbers, similar cases to hear,
the parts of a session's repairs, and the session that closes its clip."""

import json
from typing import Any

import pytest

from tests.serving.clips.conftest import Here, is_problem
from tingzhen.serving.clips.spectrogram import SpectrogramView
from tingzhen.serving.clips.view import ClipPage
from tingzhen.serving.guide.parts import PartsList
from tingzhen.serving.http.clip_likeness import LikeClip
from tingzhen.serving.records import events_after, lock_clip, reading, writing

BRAKES = {
    "when": ["braking"], "complaint": "squeals when braking at low speed", "codes": ["C1234"],
    "vehicle": {"make": "BYD", "model": "Han", "mileage_km": 60000},
}  # fmt: skip


@pytest.fixture(scope="module")
def squealing(here: Here) -> str:
    """A clip of workshop w1, as if a squeal had been heard in it."""
    return heard_squealing(here)


def heard_squealing(here: Here, workshop: str = "w1") -> str:
    clip_id = here.done(workshop=workshop, context=json.dumps(BRAKES))
    with writing(here.service.records) as session:
        record = lock_clip(session, clip_id)
        for name in ("report_zh", "report_en"):
            report = json.loads(getattr(record, name))
            report["noise"]["verdict"] = "abnormal"
            report["noise"]["events"] = [
                {"type": "squeal", "start_s": 0.3, "end_s": 0.9, "probability": 0.91}
            ]
            for score in report["noise"]["types"]:
                score["probability"] = 0.91 if score["type"] == "squeal" else 0.02
            setattr(record, name, json.dumps(report))
        record.masked_sound_key = record.spectrogram_key = None  # to be made anew
    return clip_id


def test_the_queue_of_a_workshop(here: Here, squealing: str) -> None:
    other = here.done(workshop="w2")
    waiting = here.accepted(workshop="w1")
    with writing(here.service.records) as session:
        lock_clip(session, squealing).drive = "stop"
    with here.as_somebody("t1", "technician", "w1") as technician:
        asked: dict[str, Any] = {"sort": "urgency", "confirmed": False, "lang": "en", "limit": 1}
        first = technician.get("/v1/clips", params=asked).json()
        ClipPage.model_validate(first)
        assert [clip["id"] for clip in first["clips"]] == [squealing]
        assert {"drive", "severity", "cause", "generated"} <= first["clips"][0].keys()
        assert first["clips"][0]["drive"] == "stop"
        more = technician.get("/v1/clips", params=asked | {"cursor": first["next_cursor"]}).json()
        assert [clip["id"] for clip in more["clips"]] == [waiting]
        newest = {"cursor": first["next_cursor"], "sort": "newest"}
        is_problem(technician.get("/v1/clips", params=newest), 422, "upload_invalid")
        stops = technician.get("/v1/clips", params={"drive": "stop"}).json()["clips"]
        assert squealing in {clip["id"] for clip in stops}
        everything = technician.get("/v1/clips", params={"limit": 100}).json()["clips"]
        assert other not in {clip["id"] for clip in everything}


def test_the_spectrogram_in_numbers(here: Here, squealing: str) -> None:
    path = f"/v1/clips/{squealing}/spectrogram"
    view = here.client.get(path, params={"lang": "zh"}).json()
    SpectrogramView.model_validate(view)
    assert view["duration_s"] == pytest.approx(1.5, abs=0.01)
    (event,) = view["events"]
    assert (event["type"], event["name"], event["number"]) == ("squeal", "尖叫声", 1)
    assert 0 <= event["low_hz"] < event["high_hz"] <= 8000
    assert here.client.get(view["plot"]["url"]).headers["content-type"] == "image/png"
    with here.as_somebody("t2", "technician", "w2") as stranger:
        is_problem(stranger.get(path), 404, "clip_unknown")
    is_problem(here.client.get(f"/v1/clips/{here.accepted()}/spectrogram"), 404,
               "clip_file_unknown")  # fmt: skip


def test_similar_cases_can_be_heard_where_they_may_be(here: Here, squealing: str) -> None:
    said = {"fault": "brake_pads_worn", "repair": "new pads"}
    own, foreign = heard_squealing(here), heard_squealing(here, "w2")
    for clip_id in (own, foreign):
        assert here.client.get(f"/v1/clips/{clip_id}/sound").status_code == 200  # makes the copy
        confirmed = here.client.post(f"/v1/clips/{clip_id}/confirmation", json=said)
        assert confirmed.status_code == 200
    path = f"/v1/clips/{squealing}/similar"
    with here.as_somebody("t1", "technician", "w1") as technician:
        found = technician.get(path, params={"lang": "en"}).json()
        LikeClip.model_validate(found)
        clips = [one["clip"] and one["clip"]["id"] for one in found["cases"]]
        assert own in clips
        assert None in clips
        assert foreign not in clips
        heard = next(one for one in found["cases"] if one["clip"])
        assert technician.get(heard["clip"]["sound"]).status_code == 200
        assert heard["reasons"]
        again = technician.get(f"/v1/clips/{own}/similar").json()["cases"]
        assert own not in [one["clip"] and one["clip"]["id"] for one in again]
    with here.as_somebody("t2", "technician", "w2") as stranger:
        is_problem(stranger.get(path), 404, "clip_unknown")


def test_faults_that_can_be_named(here: Here) -> None:
    named = []
    for lang in ("zh", "en"):
        faults = here.client.get("/v1/faults", params={"lang": lang}).json()["faults"]
        named.append(next(f["name"] for f in faults if f["fault"] == "brake_pads_worn"))
    assert "制动" in named[0]
    assert "brake pads" in named[1].lower()
    with here.as_somebody("o1", "owner") as owner:
        is_problem(owner.get("/v1/faults"), 403, "not_allowed")


def test_a_session_has_parts_and_closes_its_clip(here: Here, squealing: str) -> None:
    clip = f"/v1/clips/{squealing}"
    with here.as_somebody("t1", "technician", "w1") as technician:
        session = technician.post(f"{clip}/guide").json()
        at = f"/v1/guide/{session['id']}"
        parts = technician.get(f"{at}/parts", params={"lang": "zh"}).json()
        PartsList.model_validate(parts)
        assert {repair["state"] for repair in parts["repairs"]} <= {"next", "likeliest"}
        step = {"kind": "repair", "fault": "brake_pads_worn", "seen": "gone"}
        assert technician.post(f"{at}/steps", json=step).json()["ending"] == "confirmed"
        (done,) = technician.get(f"{at}/parts").json()["repairs"]
        assert (done["fault"], done["state"], done["right"]) == ("brake_pads_worn", "done", None)
        assert done["parts"]
        assert technician.get(clip).json()["confirmed_fault"] is None
        for _ in range(2):
            assert technician.post(f"{at}/finish").status_code == 200
        assert technician.get(clip).json()["confirmed_fault"] == "brake_pads_worn"
        closed = technician.get("/v1/clips", params={"confirmed": True}).json()["clips"]
        assert squealing in {one["id"] for one in closed}
    with reading(here.service.records) as records:
        told = [e for e in events_after(records, clip_id=squealing) if e.kind == "confirmed"]
    assert [event.data["fault"] for event in told] == ["brake_pads_worn"]
    with here.as_somebody("t2", "technician", "w2") as stranger:
        is_problem(stranger.get(f"{at}/parts"), 404, "session_unknown")
