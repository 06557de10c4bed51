"""What is kept long enough is removed, once, and nothing else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.serving.clips.conftest import Here, Open, is_problem
from tests.serving.examples import tone
from tingzhen.serving.backup import back_up
from tingzhen.serving.privacy.retention import Removed, Retention, remove_due
from tingzhen.serving.privacy.sessions import opened_sessions
from tingzhen.serving.records import ORIGINAL_REMOVED, clip, lock_clip, reading, writing
from tingzhen.serving.sound import encode_wav

NOW = datetime.now(UTC)
SOUND = encode_wav(tone(1.2))


def later(here: Here, days: float) -> Removed:
    with opened_sessions(here.service.settings) as sessions:
        return remove_due(here.service, sessions, now=NOW + timedelta(days=days))


@pytest.fixture
def here(open_service: Open, tmp_path: Path) -> Here:
    return open_service(tmp_path / "data", keep_original_days=10, keep_clips_days=30)


def test_the_original_goes_and_what_may_be_shown_stays(here: Here, tmp_path: Path) -> None:
    clip_id = here.done(SOUND)
    report = here.client.get(f"/v1/clips/{clip_id}/report").json()
    assert later(here, 9) == Removed(0, 0)
    assert len(here.originals()) == 1
    assert later(here, 11) == Removed(1, 0)
    assert here.originals() == []
    assert later(here, 11) == Removed(0, 0)
    assert here.client.get(f"/v1/clips/{clip_id}/report").json() == report
    for name in ("sound", "spectrogram.png"):
        assert here.client.get(f"/v1/clips/{clip_id}/{name}").status_code == 200
    saved = back_up(here.service.settings, tmp_path / "saved.zip", lambda _: None)
    assert saved.missing == ()
    assert here.client.delete(f"/v1/clips/{clip_id}").status_code == 204


def test_an_original_that_a_younger_clip_has_too_stays(here: Here) -> None:
    old, young = here.done(SOUND), here.done(SOUND)
    with writing(here.service.records) as session:
        lock_clip(session, old).finished_at = NOW - timedelta(days=20)
    assert later(here, 0) == Removed(1, 0)
    assert len(here.originals()) == 1
    with reading(here.service.records) as session:
        assert clip(session, old).file_key == ORIGINAL_REMOVED
        assert clip(session, young).file_key != ORIGINAL_REMOVED
    assert later(here, 11) == Removed(1, 0)
    assert here.originals() == []


def test_what_is_not_analysed_yet_stays(here: Here) -> None:
    here.accepted(SOUND)
    assert later(here, 1000) == Removed(0, 0)
    assert len(here.originals()) == 1


def test_a_clip_goes_with_everything(here: Here) -> None:
    clip_id = here.done(SOUND)
    session = here.client.post(f"/v1/clips/{clip_id}/guide").json()["id"]
    assert later(here, 31) == Removed(0, 1)
    is_problem(here.client.get(f"/v1/clips/{clip_id}"), 404, "clip_unknown")
    is_problem(here.client.get(f"/v1/guide/{session}"), 404, "session_unknown")
    assert [f for f in (here.data_dir / "files").rglob("*") if f.is_file()] == []
    assert later(here, 31) == Removed(0, 0)


def test_an_original_that_cannot_be_read_is_not_kept_for_that(here: Here) -> None:
    clip_id = here.done(SOUND)
    (original,) = here.originals()
    original.chmod(0o600)
    original.write_bytes(b"no clip any more")
    with writing(here.service.records) as session:
        record = lock_clip(session, clip_id)
        record.masked_sound_key = record.spectrogram_key = None
    assert later(here, 11) == Removed(1, 0)
    assert here.originals() == []


def test_zero_keeps_for_good(open_service: Open, tmp_path: Path) -> None:
    here = open_service(tmp_path / "data", keep_original_days=0, keep_clips_days=0)
    here.done(SOUND)
    assert later(here, 30_000) == Removed(0, 0)
    assert len(here.originals()) == 1


def test_it_runs_beside_the_worker_one_at_a_time(here: Here) -> None:
    clip_id = here.done(SOUND)
    with writing(here.service.records) as session:
        lock_clip(session, clip_id).finished_at = NOW - timedelta(days=20)
    retention = Retention(here.service)
    for _ in range(3):
        retention.begin()
    assert retention._one.acquire(timeout=20)
    assert here.originals() == []
