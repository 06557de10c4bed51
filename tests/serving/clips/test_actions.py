"""What is done with clips: cancelled, deleted for good, guided, confirmed."""

import hashlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.serving.clips.conftest import SOUND, Here, Open, is_problem
from tests.serving.examples import tone
from tingzhen.diagnosis.cases import CaseStore
from tingzhen.serving.cases.in_use import open_store
from tingzhen.serving.files import clip_prefix
from tingzhen.serving.records import clip, events_after, reading
from tingzhen.serving.sound import encode_wav
from tingzhen.serving.uploads.accept import drop_unused


@pytest.fixture
def cases(here: Here) -> Iterator[CaseStore]:
    store = open_store(here.service.settings.cases_url())
    yield store
    store.close()


def test_a_waiting_clip_can_be_cancelled(here: Here) -> None:
    clip_id = here.accepted()
    view = here.client.post(f"/v1/clips/{clip_id}/cancel").json()
    assert (view["state"], view["report"]) == ("cancelled", None)
    here.work_off(clip_id)
    assert here.client.get(f"/v1/clips/{clip_id}").json()["state"] == "cancelled"
    is_problem(here.client.get(f"/v1/clips/{clip_id}/report"), 404, "clip_without_report")
    is_problem(here.client.post(f"/v1/clips/{clip_id}/cancel"), 409, "clip_ended")


def traces(folder: Path, secret: str) -> list[str]:
    """Rows of any table of any SQLite file below a folder, and names of files, that name it."""
    found = [str(path) for path in folder.rglob("*") if secret in str(path)]
    for file in folder.glob("*.sqlite3"):
        with closing(sqlite3.connect(file)) as database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608
                    if secret in repr(row):
                        found.append(f"{file.name}: {table}")
    return found


@pytest.mark.slow
def test_deleting_leaves_nothing(open_service: Open, tmp_path: Path) -> None:
    here = open_service(tmp_path / "data")
    sounds = [encode_wav(tone(1.2)), encode_wav(tone(1.3))]
    shared = [here.done(sounds[0], context='{"complaint": "secret words"}') for _ in range(2)]
    alone = here.done(sounds[1])
    for clip_id in (*shared, alone):
        assert here.client.get(f"/v1/clips/{clip_id}/sound").status_code == 200
    session = here.client.post(f"/v1/clips/{alone}/guide").json()["id"]
    assert here.client.delete(f"/v1/clips/{alone}").status_code == 204
    is_problem(here.client.get(f"/v1/clips/{alone}"), 404, "clip_unknown")
    is_problem(here.client.delete(f"/v1/clips/{alone}"), 404, "clip_unknown")
    is_problem(here.client.get(f"/v1/guide/{session}"), 404, "session_unknown")
    assert [t for t in traces(here.data_dir, alone) if not t.endswith(": audit")] == []
    assert list(here.service.files.files(clip_prefix(alone))) == []
    assert [f.read_bytes() for f in here.originals()] == [sounds[0]]
    assert here.client.delete(f"/v1/clips/{shared[0]}").status_code == 204
    assert here.client.get(f"/v1/clips/{shared[1]}/report").status_code == 200
    assert len(here.originals()) == 1
    assert here.client.delete(f"/v1/clips/{shared[1]}").status_code == 204
    assert here.originals() == []
    assert traces(here.data_dir, "secret words") == []


@pytest.mark.slow
def test_deleting_while_the_same_is_sent_never_loses_a_file(here: Here) -> None:
    send_while_deleting(here)


def send_while_deleting(here: Here) -> None:
    content = encode_wav(tone(1.4))
    name = hashlib.sha256(content).hexdigest()

    def send_and_delete(_: int) -> str:
        clip_id = here.accepted(content)
        assert here.client.delete(f"/v1/clips/{here.accepted(content)}").status_code == 204
        return clip_id

    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(send_and_delete, range(12)))
    assert [file.name for file in here.originals()].count(name) == 1
    for clip_id in kept:
        with reading(here.service.records) as session:
            file_key = clip(session, clip_id).file_key
        drop_unused(here.service, file_key)
        assert here.service.files.exists(file_key)
        here.client.delete(f"/v1/clips/{clip_id}")
    assert name not in [file.name for file in here.originals()]


def test_a_deleted_clip_does_not_come_back_from_a_job_at_work(here: Here) -> None:
    clip_id = here.accepted()
    assert here.client.delete(f"/v1/clips/{clip_id}").status_code == 204
    with pytest.raises(Exception, match="No clip"):
        here.work_off(clip_id)
    is_problem(here.client.get(f"/v1/clips/{clip_id}"), 404, "clip_unknown")


def test_a_clip_has_one_guided_session(here: Here) -> None:
    path = f"/v1/clips/{here.done()}"
    first = here.client.post(f"{path}/guide", params={"lang": "en"})
    assert first.status_code == 201
    assert first.headers["location"] == f"/v1/guide/{first.json()['id']}"
    again = here.client.post(f"{path}/guide", params={"lang": "en"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert here.client.get(path).json()["session_id"] == first.json()["id"]
    waiting = f"/v1/clips/{here.accepted()}/guide"
    is_problem(here.client.post(waiting), 404, "clip_not_ready")


def test_what_was_confirmed_becomes_a_case_and_teaches(here: Here, cases: CaseStore) -> None:
    clip_id = here.done(context='{"when": ["braking"], "complaint": "squeals"}')
    path = f"/v1/clips/{clip_id}"
    said = {"fault": "brake_pads_worn", "repair": "new pads", "minutes": 60, "cost_cny": 400,
            "note": "left front only"}  # fmt: skip
    before = cases.count()
    case = here.client.post(f"{path}/confirmation", json=said)
    assert case.status_code == 200, case.text
    assert (case.json()["schema"], case.json()["fault"]) == ("tingzhen.case/1", "brake_pads_worn")
    assert clip_id not in case.text
    kept = cases.case(case.json()["id"])
    assert (kept.repair, kept.minutes, kept.cost_cny) == ("new pads", 60, 400)
    assert (kept.when, kept.complaint) == (("braking",), "squeals")
    assert here.client.get(path).json()["confirmed_fault"] == "brake_pads_worn"
    with reading(here.service.records) as session:
        last = events_after(session, clip_id=clip_id)[-1]
    assert (last.kind, last.data["note"]) == ("confirmed", "left front only")
    here.client.post(f"{path}/confirmation", json=said)
    assert cases.count() == before + 1
    here.client.post(f"{path}/confirmation", json={"fault": "brake_caliper_stuck"})
    assert cases.count() == before + 1
    assert here.client.delete(path).status_code == 204
    assert cases.count() == before + 1


@pytest.mark.slow
def test_the_case_of_a_clip_is_that_of_its_session(here: Here, cases: CaseStore) -> None:
    path = f"/v1/clips/{here.done()}"
    session = here.client.post(f"{path}/guide").json()["id"]
    before = cases.count()
    case = here.client.post(f"{path}/confirmation", json={"none_of_these": True}).json()
    assert case["id"] == session
    assert here.client.get(path).json()["confirmed_fault"] == "none_of_these"
    assert cases.count() == before + 1


def test_what_cannot_be_confirmed(here: Here) -> None:
    path = f"/v1/clips/{here.done()}/confirmation"
    post = here.client.post
    is_problem(post(path, json={"fault": "nonsense"}), 422, "confirmation_invalid")
    for body in ({}, {"fault": "brake_pads_worn", "none_of_these": True}, {"minutes": 5},
                 {"fault": "brake_pads_worn", "minutes": -1}, {"fault_text": ""},
                 {"fault": "brake_pads_worn", "more": 1}):  # fmt: skip
        is_problem(post(path, json=body), 422, "upload_invalid")
    waiting = f"/v1/clips/{here.accepted(SOUND)}/confirmation"
    is_problem(post(waiting, json={"none_of_these": True}), 404, "clip_not_ready")
