"""Everything that the client can do, asked of the real application."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.client.conftest import Running
from tests.serving.webhooks.conftest import delivering
from tests.serving.webhooks.receiver import receiving
from tingzhen import errors
from tingzhen.client import Client, ClipFilter, verify_webhook

pytestmark = pytest.mark.slow


def test_a_clip_from_upload_to_confirmation(running: Running, sound: Path, tmp_path: Path) -> None:
    tech = running.as_("t1", "technician", "w1")
    clip = tech.clips.upload(sound, context={"when": ["braking"], "complaint": "吱"})
    assert (clip.state, clip.label, clip.workshop) == ("waiting", sound.name, "w1")
    assert clip.context["when"] == ["braking"]
    with pytest.raises(errors.ClipNotReady) as early:
        tech.clips.report(clip.id)
    assert early.value.retry_after_s is not None
    with pytest.raises(errors.WaitedTooLong):
        tech.clips.wait(clip.id, timeout_s=0)
    running.here.work_off(clip.id)
    clip = tech.clips.wait(clip.id)
    assert clip.ended
    assert clip.report == tech.clips.report(clip.id)
    assert clip.report is not None
    assert clip.report.diagnosis == tech.clips.diagnosis(clip.id)
    assert clip.report.clip.sha256 == clip.sha256
    assert tech.clips.report_page(clip.id).startswith("<!doctype html>")
    kinds = [event.kind for event in tech.clips.events(clip.id)]
    assert (kinds[0], kinds[-1]) == ("accepted", "report")
    assert tech.clips.frames(clip.id).frames == []
    with pytest.raises(errors.ClipFileUnknown):
        tech.clips.frame(clip.id, 1)
    assert tech.clips.spectrogram(clip.id).startswith(b"\x89PNG")
    assert len(tech.clips.sound(clip.id)) > 1000
    session = tech.clips.guide(clip.id)
    assert tech.guide.get(session.id) == session
    case = tech.clips.confirm(clip.id, none_of_these=True, note="nothing", minutes=5)
    assert (case.none_of_these, case.minutes) == (True, 5)
    assert tech.clips.get(clip.id).confirmed_fault == "none_of_these"
    with pytest.raises(errors.ConfirmationInvalid):
        tech.clips.confirm(clip.id, fault="no such fault")
    with pytest.raises(errors.ClipEnded):
        tech.clips.cancel(clip.id)
    tech.clips.delete(clip.id)
    with pytest.raises(errors.ClipUnknown):
        tech.clips.get(clip.id)


def test_lists_page_after_page(anna: Client, sound: Path) -> None:
    begun = datetime.now(UTC)
    ids = [anna.clips.upload(sound, label=f"list-{n}.wav").id for n in range(3)]
    assert anna.clips.cancel(ids[0]).state == "cancelled"
    first = anna.clips.page(ClipFilter(label="list-"), limit=2)
    assert [clip.id for clip in first.clips] == [ids[2], ids[1]]
    rest = anna.clips.page(ClipFilter(label="list-"), limit=2, cursor=first.next_cursor)
    assert ([clip.id for clip in rest.clips], rest.next_cursor) == ([ids[0]], None)
    wanted = ClipFilter(states=("waiting",), label="list-", since=begun - timedelta(minutes=1))
    assert [clip.id for clip in anna.clips.all(wanted)] == [ids[2], ids[1]]
    assert list(anna.clips.all(ClipFilter(label="list-", until=begun))) == []


def test_a_clip_is_there_once_however_often_it_is_sent(anna: Client, sound: Path) -> None:
    first = anna.clips.upload(sound, idempotency_key="k1")
    assert anna.clips.upload(sound, idempotency_key="k1").id == first.id


def test_a_guided_session(running: Running) -> None:
    tech = running.as_("t1", "technician", "w1")
    report = {"noise": {"verdict": "abnormal", "types": [{"type": "squeal", "probability": 0.9}],
                        "events": []}}  # fmt: skip
    session = tech.guide.begin(report, context={"when": ["braking"]})
    assert session.advice.test is not None
    stepped = tech.guide.answer(session, session.advice.test.outcomes[0].outcome)
    assert [step.test for step in stepped.steps] == [session.advice.test.id]
    with pytest.raises(errors.SessionChanged):
        tech.guide.undo(session)
    assert tech.guide.undo(stepped).steps == []
    with pytest.raises(errors.StepInvalid):
        tech.guide.finish(session.id)


def test_models(running: Running) -> None:
    engineer = running.as_("e1", "engineer")
    active = {model.task: model for model in engineer.models.all() if model.state == "active"}
    assert set(active) == {"noise", "damage"}
    detail = engineer.models.get("noise", active["noise"].version)
    assert detail.sha256 == active["noise"].sha256
    assert detail.card
    assert engineer.models.agreement("noise") == []
    for refused in (
        lambda: engineer.models.retire("noise", active["noise"].version),
        lambda: engineer.models.roll_back("noise"),
        lambda: engineer.models.shadow("noise", active["noise"].version),
    ):
        with pytest.raises(errors.ModelStateInvalid):
            refused()
    with pytest.raises(errors.ModelUnknown):
        engineer.models.activate("noise", "99")
    assert len(engineer.models.end_shadow("noise")) == len(engineer.models.all())


def test_webhooks_from_the_service_to_its_signature(
    running: Running, anna: Client, sound: Path, tmp_path: Path
) -> None:
    with receiving() as receiver:
        webhook = anna.webhooks.create(receiver.url, events=["clip.accepted"], description="app")
        assert webhook.secret is not None
        assert anna.webhooks.get(webhook.id).secret is None
        assert [one.id for one in anna.webhooks.all()] == [webhook.id]
        clip = anna.clips.upload(sound)
        tested = anna.webhooks.test(webhook.id)
        with delivering(running.here.service.records, tmp_path):
            receiver.wait_for(lambda arrived: len(arrived) == 2)
        came = {one.id: one for one in receiver.arrived}
        for delivery in anna.webhooks.deliveries(webhook.id):
            one = came[delivery.id]
            told = verify_webhook(webhook.secret, one.headers, one.body)
            assert (told.id, told.type) == (delivery.id, delivery.type)
            assert anna.webhooks.delivery(webhook.id, delivery.id).content["data"] == told.data
        first = came[next(one for one in came if one != tested.id)]
        told = verify_webhook(webhook.secret, first.headers, first.body)
        assert told.data["clip_id"] == clip.id
        rotated = anna.webhooks.rotate_secret(webhook.id, overlap_s=0)
        assert rotated.secret != webhook.secret
        with pytest.raises(errors.SignatureInvalid):
            verify_webhook(rotated.secret or "", first.headers, first.body)
        assert anna.webhooks.replay(webhook.id, tested.id).state == "waiting"
        assert anna.webhooks.replay_failed(webhook.id) == 0
        assert anna.webhooks.change(webhook.id, active=False).active is False
        anna.webhooks.delete(webhook.id)
        with pytest.raises(errors.WebhookUnknown):
            anna.webhooks.get(webhook.id)
        with pytest.raises(errors.WebhookInvalid):
            anna.webhooks.create("mailto:a@b")


def test_errors_are_those_of_the_tree_in_the_language_asked_for(
    running: Running, anna: Client, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.mp4"
    empty.write_bytes(b"")
    with pytest.raises(errors.EmptyFile) as caught:
        anna.clips.upload(empty)
    assert re.search("[a-z]", str(caught.value))
    with pytest.raises(errors.NotAllowed):
        anna.models.all()
    with Client(running.here.url, "tz_000000000000_wrong", language="zh") as stranger:
        with pytest.raises(errors.TokenInvalid) as refused:
            stranger.clips.page()
        assert "令牌" in str(refused.value)
    with Client("http://127.0.0.1:1", "t") as nobody, pytest.raises(errors.ServiceUnreachable):
        nobody.clips.page()
    with Client(f"{running.here.url}/elsewhere", "t") as lost, pytest.raises(errors.TokenInvalid):
        lost.clips.page()
    with pytest.raises(errors.AnswerInvalid, match="route_unknown"):
        anna.clips.get("no/id")
    with pytest.raises(FileNotFoundError):
        anna.clips.upload(tmp_path / "none.mp4")


def test_what_is_no_service_is_said(tmp_path: Path) -> None:
    with receiving() as other, Client(other.url, "t") as client:
        other.answer = lambda path: (200, {})
        with pytest.raises(errors.AnswerInvalid):
            client.clips.page()
        with pytest.raises(errors.AnswerInvalid):
            client.webhooks.create("https://x.example")
    assert issubclass(errors.AnswerInvalid, errors.TingzhenError)
    assert not issubclass(errors.AnswerInvalid, httpx.HTTPError)
