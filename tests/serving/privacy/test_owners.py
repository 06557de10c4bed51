"""An owner takes all data along over HTTP, and deletes all of it; nobody else does."""

import hashlib
import io
import json
import zipfile

import httpx
import pytest
from sqlalchemy import select

from tests.serving.clips.conftest import Here, Open, is_problem
from tests.serving.examples import tone
from tingzhen.serving.cases.in_use import open_store
from tingzhen.serving.privacy.owner_deletion import ROWS
from tingzhen.serving.records import AccessToken, AuditEntry, Base, ClipRecord, Upload, reading
from tingzhen.serving.sound import encode_wav

WORDS = "it knocks at dawn"


@pytest.fixture(scope="module")
def here(open_service: Open, tmp_path_factory: pytest.TempPathFactory) -> Here:
    return open_service(tmp_path_factory.mktemp("service") / "data")


def send(here: Here, owner: httpx.Client, seconds: float) -> str:
    answer = owner.post(
        "/v1/clips",
        files={"file": ("a.wav", encode_wav(tone(seconds)))},
        data={"context": json.dumps({"complaint": WORDS}), "workshop": "w1"},
    )
    here.work_off(answer.json()["id"])
    return str(answer.json()["id"])


def test_all_data_of_an_owner_as_a_file_and_deleted(here: Here) -> None:
    with here.as_somebody("o7", "owner") as mine, here.as_somebody("o8", "owner") as other:
        clip_id, theirs = send(here, mine, 1.2), send(here, other, 1.3)
        assert mine.post(f"/v1/clips/{clip_id}/reanalysis").status_code == 202
        here.work_off(clip_id)
        answer = mine.get("/v1/owners/me/export", params={"originals": "true"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
        assert "content-length" not in answer.headers  # sent while it is made
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            manifest = json.loads(archive.read("manifest.json"))
            assert manifest["clips"] == [clip_id]
            for name, entry in manifest["files"].items():
                assert entry["sha256"] == hashlib.sha256(archive.read(name)).hexdigest()
            assert theirs.encode() not in b"".join(map(archive.read, archive.namelist()))
            assert archive.read(f"clips/{clip_id}/original") == encode_wav(tone(1.2))
            assert {f"clips/{clip_id}/reports/1.{lang}.json" for lang in ("zh", "en")} <= set(
                manifest["files"]
            )
            account = json.loads(archive.read("account.json"))
            assert [one["asked_by"] for one in account["reanalyses"]] == ["o7"]
        is_problem(other.get("/v1/owners/o7/export"), 404, "owner_unknown")
        is_problem(other.delete("/v1/owners/o7"), 404, "owner_unknown")
        with here.as_somebody("t7", "technician", "w1") as technician:
            is_problem(technician.get("/v1/owners/o7/export"), 403, "not_allowed")
            said = {"fault": "brake_pads_worn", "repair": "new pads"}
            case = technician.post(f"/v1/clips/{clip_id}/confirmation", json=said).json()
        assert here.client.get("/v1/owners/o7/export").status_code == 200
        is_problem(here.client.get("/v1/owners/nobody/export"), 404, "owner_unknown")

        assert mine.delete("/v1/owners/me").status_code == 204
        is_problem(mine.get("/v1/clips"), 401, "token_revoked")
        assert other.get(f"/v1/clips/{theirs}").status_code == 200
    is_problem(here.client.get(f"/v1/clips/{clip_id}"), 404, "clip_unknown")
    store = open_store(here.service.settings.cases_url())
    kept = store.case(case["id"])
    store.close()
    assert (kept.complaint, kept.fault, kept.repair) == (None, "brake_pads_worn", "new pads")
    assert here.client.delete("/v1/owners/o7").status_code == 204


def test_no_table_that_names_an_owner_is_forgotten() -> None:
    """Clips, uploads and tokens are dealt with each in its own way; the log stays for its time."""
    known = {*ROWS, ClipRecord, Upload, AccessToken, AuditEntry}
    named = {
        mapper.class_
        for mapper in Base.registry.mappers
        if {"owner", "subject", "asked_by"} & set(mapper.columns.keys())
    }
    assert named == known


def test_a_subject_that_is_an_address_is_not_in_the_log(here: Here) -> None:
    address = "anna.schmidt@example.com"
    assert here.client.delete(f"/v1/owners/{address}").status_code == 204
    with reading(here.service.records) as session:
        ids = session.scalars(select(AuditEntry.object_id)).all()
    assert address not in ids
    assert "u" + hashlib.sha256(address.encode()).hexdigest()[:16] in ids
