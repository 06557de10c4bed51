"""A clip analysed again: its report stays until the next one is there, and both can be read."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from tests.serving.clips.conftest import Here, Open, is_problem
from tests.serving.examples import tone
from tests.serving.jobs.clips import kinds
from tingzhen.errors import DamagedFile
from tingzhen.language import Text
from tingzhen.serving.jobs.outcome import keep_failure
from tingzhen.serving.jobs.queue import workflow_of
from tingzhen.serving.jobs.steps import NothingToDo, take
from tingzhen.serving.reanalysis import feed
from tingzhen.serving.records import (
    ORIGINAL_REMOVED,
    ClipReport,
    ModelVersion,
    ReanalysisItem,
    clip,
    lock_clip,
    reading,
    writing,
)
from tingzhen.serving.sound import encode_wav

OLD_SHA256 = "0" * 64


@pytest.fixture(scope="module")
def here(open_service: Open, tmp_path_factory: pytest.TempPathFactory) -> Here:
    return open_service(tmp_path_factory.mktemp("service") / "data")


def spoke_otherwise(here: Here, clip_id: str, noise: str) -> None:
    """Let the report of a clip look like one of an older model with another verdict."""
    with writing(here.service.records) as session:
        record = lock_clip(session, clip_id)
        for name in ("report_zh", "report_en"):
            report = json.loads(getattr(record, name))
            report["noise"]["verdict"] = noise
            report["models"]["noise"] |= {"version": "1", "sha256": OLD_SHA256}
            setattr(record, name, json.dumps(report, ensure_ascii=False))
        record.noise_verdict, record.noise_model = noise, f"noise 1 {OLD_SHA256}"


def again(here: Here, clip_id: str, client: httpx.Client | None = None) -> str:
    """The address of a re-analysis of one clip."""
    answer = (client or here.client).post(f"/v1/clips/{clip_id}/reanalysis")
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/reanalyses/{answer.json()['id']}"
    return str(answer.headers["location"])


def look(here: Here, path: str) -> dict[str, Any]:
    answer = here.client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(found: dict[str, Any]) -> dict[str, int]:
    return {state: n for state, n in found["clips"].items() if n and state != "total"}


def test_both_reports_can_be_read_and_what_changed_is_counted(here: Here) -> None:
    clip_id = here.done()
    path = f"/v1/clips/{clip_id}"
    verdict = look(here, f"{path}/report")["noise"]["verdict"]
    spoke_otherwise(here, clip_id, "normal" if verdict != "normal" else "abnormal")
    before = look(here, f"{path}/report")
    finished_at = look(here, path)["finished_at"]
    at = again(here, clip_id)

    waiting = look(here, path)
    assert (waiting["state"], waiting["progress"]["done"]) == ("waiting", [])
    assert (waiting["noise"], waiting["report"]) == (before["noise"]["verdict"], before)
    assert look(here, f"{path}/report") == before
    assert (look(here, at)["state"], counts(look(here, at))) == ("running", {"at_work": 1})
    is_problem(here.client.post(f"{path}/reanalysis"), 409, "reanalysis_impossible")

    here.work_off(clip_id)
    now = look(here, path)
    assert (now["state"], now["noise"], now["finished_at"]) == ("done", verdict, finished_at)
    assert now["progress"]["done"] == now["progress"]["of"]
    assert look(here, f"{path}/report")["noise"]["verdict"] == verdict
    assert look(here, f"{path}/report?version=1") == before
    assert look(here, f"{path}/report?version=2") == now["report"]
    is_problem(here.client.get(f"{path}/report?version=3"), 404, "report_unknown")
    listed = look(here, f"{path}/reports")["reports"]
    assert [(r["version"], r["current"], r["noise"]) for r in listed] == [
        (2, True, verdict), (1, False, before["noise"]["verdict"]),
    ]  # fmt: skip
    assert listed[1]["models"]["noise"]["version"] == "1"
    assert listed[0]["made_at"] > listed[1]["made_at"]
    page = here.client.get(f"{path}/report?version=1&lang=en", headers={"accept": "text/html"})
    assert (page.status_code, "text/html" in page.headers["content-type"]) == (200, True)

    found = look(here, at)
    assert (found["state"], counts(found)) == ("done", {"done": 1})
    change = {"before": before["noise"]["verdict"], "after": verdict, "clips": 1}
    assert found["changes"] == {"noise": [change], "damage": [], "diagnosis": [], "drive": []}
    (item,) = look(here, f"{at}/clips")["clips"]
    assert (item["clip_id"], item["noise"]) == (
        clip_id, {"before": before["noise"]["verdict"], "after": verdict},
    )  # fmt: skip
    assert kinds(here.service, clip_id)["report"] == 2


def test_one_that_fails_or_is_cancelled_leaves_the_clip_as_it_was(here: Here) -> None:
    clip_id = here.done()
    path = f"/v1/clips/{clip_id}"
    before = look(here, path)
    at = again(here, clip_id)
    with writing(here.service.records) as session:
        keep_failure(session, clip_id, DamagedFile(Text("坏", "bad")))
    assert look(here, path) == before
    found = look(here, at)
    assert (counts(found), found["reasons"]) == ({"failed": 1}, {"damaged_file": 1})

    at = again(here, clip_id)
    assert here.client.post(f"{path}/cancel").json() == before
    assert counts(look(here, at)) == {"cancelled": 1}
    at = again(here, clip_id)
    stopped = here.client.post(f"{at}/cancel").json()
    assert (stopped["state"], counts(stopped)) == ("cancelled", {"cancelled": 1})
    assert here.client.post(f"{at}/cancel").json() == stopped
    assert look(here, path) == before
    here.work_off(clip_id)
    assert [r["version"] for r in look(here, f"{path}/reports")["reports"]] == [1]


def test_a_job_from_before_has_no_say(here: Here) -> None:
    clip_id = here.done()
    again(here, clip_id)
    with reading(here.service.records) as session:
        assert workflow_of(clip(session, clip_id)) == f"{clip_id}-1"
    with pytest.raises(NothingToDo):
        take(_desk(here), clip_id, rerun=0)
    assert take(_desk(here), clip_id, rerun=1).id == clip_id
    with writing(here.service.records) as session:
        assert not keep_failure(session, clip_id, DamagedFile(Text("坏", "bad")), rerun=0)
    here.work_off(clip_id)


def test_many_by_what_they_are_like(here: Here) -> None:
    old, other, gone, failed = (
        here.done(context=json.dumps({"vehicle": {"make": make}})) for make in ("A1", "B1", "A1",
                                                                                "A1")
    )  # fmt: skip
    with here.as_somebody("eng1", "engineer") as engineer:
        spoke_otherwise(here, old, "normal")
        with writing(here.service.records) as session:
            lock_clip(session, gone).file_key = ORIGINAL_REMOVED
            record = lock_clip(session, failed)
            record.report_zh = record.report_en = record.noise_model = None
            record.state, record.error_code = "failed", "decode_timeout"
            used = clip(session, other).noise_model
            assert used is not None
            session.merge(ModelVersion(
                task="noise", version="9", sha256=used.split()[-1], path_or_key="x",
                state="active", added_at=datetime.now(UTC),
            ))  # fmt: skip
        outdated = engineer.post(
            "/v1/reanalyses", json={"outdated": ["noise"], "ids": [old, other, gone, failed]}
        )
        assert outdated.status_code == 202, outdated.text
        assert outdated.json()["clips"]["total"] == 2
        assert outdated.json()["wanted"] == {"outdated": ["noise"], "ids": 4}
        here.work_off(old)
        here.work_off(failed)
        found = look(here, outdated.headers["location"])
        assert (found["state"], counts(found)) == ("done", {"done": 2})
        assert sum(c["clips"] for c in found["changes"]["noise"] if c["before"] is None) == 1
        assert look(here, f"/v1/clips/{failed}")["error"] is None

        many = engineer.post("/v1/reanalyses", json={"make": "A1", "state": ["done"]})
        found = many.json()
        assert found["reasons"] == {"original_removed": 1}
        assert counts(found) == {"at_work": 2, "skipped": 1}
        item = look(here, f"{many.headers['location']}/clips?state=skipped")["clips"]
        assert [(i["clip_id"], i["reason"]) for i in item] == [(gone, "original_removed")]
        with reading(here.service.records) as session:
            assert clip(session, old).priority == 15
        is_problem(here.client.post(f"/v1/clips/{gone}/reanalysis"), 409, "reanalysis_impossible")
        assert here.client.delete(f"/v1/clips/{old}").status_code == 204
        here.work_off(failed)
        feed(here.service)
        found = look(here, many.headers["location"])
        assert (found["state"], counts(found)) == ("done", {"done": 1, "skipped": 1, "deleted": 1})
        for body in (
            {"ids": ["x"]},
            {"state": ["waiting"]},
            {"make": "a\0"},
            {"more": 1},
            {"until": 0},
        ):
            is_problem(engineer.post("/v1/reanalyses", json=body), 422, "upload_invalid")
        listed = engineer.get("/v1/reanalyses", params={"limit": 1}).json()
        assert listed["reanalyses"] == [found]
        older = engineer.get("/v1/reanalyses", params={"cursor": listed["next_cursor"]}).json()
        assert outdated.json()["id"] in [one["id"] for one in older["reanalyses"]]


def test_many_are_fed_a_few_at_a_time_and_in_turn(open_service: Open, here: Here) -> None:
    folder = here.data_dir.parent / "few"
    few = open_service(folder, queue_limit=4)
    ids = [few.accepted(encode_wav(tone(1.0 + n / 100))) for n in range(3)]
    for clip_id in ids:
        few.work_off(clip_id)
    first = few.client.post("/v1/reanalyses", json={})
    assert counts(first.json()) == {"at_work": 2, "waiting": 1}
    # Those that wait take no room in the queue.
    assert few.client.get(f"/v1/clips/{ids[0]}").json()["state"] in ("waiting", "done")
    idle = next(i for i in ids if look(few, f"/v1/clips/{i}")["state"] == "done")
    second = again(few, idle)
    assert counts(look(few, second)) == {"waiting": 1}
    with reading(few.service.records) as session:
        at_work = session.scalars(
            select(ReanalysisItem.clip_id).where(ReanalysisItem.state == "at_work")
        ).all()
    few.work_off(at_work[0])
    assert feed(few.service) == 1
    assert counts(look(few, second)) == {"at_work": 1}
    few.work_off(idle)
    few.work_off(at_work[1])
    assert feed(few.service) == 1  # that clip once more, for the first
    few.work_off(idle)
    assert counts(look(few, first.headers["location"])) == {"done": 3}
    few.close()


def test_others_see_nothing_of_it(here: Here) -> None:
    with here.as_somebody("o1", "owner") as owner, here.as_somebody("o2", "owner") as other:
        sent = owner.post("/v1/clips", files={"file": ("a.wav", encode_wav(tone(1.1)))},
                          data={"workshop": "w1"}).json()["id"]  # fmt: skip
        here.work_off(sent)
        is_problem(other.post(f"/v1/clips/{sent}/reanalysis"), 404, "clip_unknown")
        is_problem(other.get(f"/v1/clips/{sent}/reports"), 404, "clip_unknown")
        at = again(here, sent, owner)
        for method, path in (("GET", at), ("GET", f"{at}/clips"), ("POST", f"{at}/cancel")):
            is_problem(other.request(method, path), 404, "reanalysis_unknown")
        assert other.get("/v1/reanalyses").json()["reanalyses"] == []
        is_problem(owner.post("/v1/reanalyses", json={}), 403, "not_allowed")
        assert [one["id"] for one in owner.get("/v1/reanalyses").json()["reanalyses"]] == [
            at.rsplit("/", 1)[-1]
        ]
        here.work_off(sent)
    with here.as_somebody("t1", "technician", "w1") as mine, here.as_somebody(
        "t2", "technician", "w2"
    ) as theirs:  # fmt: skip
        at = again(here, sent, mine)
        is_problem(theirs.post(f"/v1/clips/{sent}/reanalysis"), 404, "clip_unknown")
        is_problem(theirs.get(at), 404, "reanalysis_unknown")
        assert mine.get(at).status_code == 200
        here.work_off(sent)
        assert mine.get(f"/v1/clips/{sent}/report?version=2").status_code == 200
        assert here.client.delete(f"/v1/clips/{sent}").status_code == 204
    with reading(here.service.records) as session:
        assert session.scalars(select(ClipReport).where(ClipReport.clip_id == sent)).all() == []


def _desk(here: Here) -> Any:
    from types import SimpleNamespace

    return SimpleNamespace(service=here.service)
