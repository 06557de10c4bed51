"""Clips analysed again, corrections, cases, knowledge and owners, asked of the real application."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.client.conftest import Running
from tests.serving.clips.conftest import SOUND
from tingzhen import errors
from tingzhen.client import ClipFilter, ReanalysisFilter

pytestmark = pytest.mark.slow
SQUEAL = {"noise": {"verdict": "abnormal", "types": [{"type": "squeal", "probability": 0.9}],
                    "events": []}}  # fmt: skip


@pytest.fixture(scope="module")
def done(running: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A clip of workshop w1 with its report."""
    path = tmp_path_factory.mktemp("sound") / "done.wav"
    path.write_bytes(SOUND)
    clip = running.as_("t1", "technician", "w1").clips.upload(path)
    running.here.work_off(clip.id)
    return clip.id


def test_a_clip_analysed_again_has_two_reports(running: Running, done: str) -> None:
    tech, engineer = running.as_("t1", "technician", "w1"), running.as_("e1", "engineer")
    stranger = running.as_("t2", "technician", "w2")
    (only,) = tech.clips.reports(done)
    assert (only.version, only.current) == (1, True)
    with pytest.raises(errors.ReportUnknown):
        tech.clips.report(done, version=2)
    begun = tech.clips.reanalyse(done)
    assert (begun.state, begun.ended, begun.clips.total) == ("running", False, 1)
    with pytest.raises(errors.ReanalysisImpossible):
        tech.clips.reanalyse(done)
    with pytest.raises(errors.WaitedTooLong):
        tech.reanalyses.wait(begun.id, timeout_s=0)
    for refused in (
        lambda: stranger.clips.reports(done),
        lambda: stranger.clips.reanalyse(done),
    ):
        with pytest.raises(errors.ClipUnknown):
            refused()
    for refused in (
        lambda: stranger.reanalyses.get(begun.id),
        lambda: stranger.reanalyses.cancel(begun.id),
        lambda: list(stranger.reanalyses.clips(begun.id)),
    ):
        with pytest.raises(errors.ReanalysisUnknown):
            refused()
    assert list(stranger.reanalyses.all()) == []
    running.here.work_off(done)
    ended = tech.reanalyses.wait(begun.id)
    assert (ended.state, ended.clips.done, ended.changes.noise) == ("done", 1, [])
    (item,) = tech.reanalyses.clips(begun.id, state="done")
    assert (item.clip_id, item.noise.before) == (done, item.noise.after)
    assert [report.version for report in tech.clips.reports(done)] == [2, 1]
    assert tech.clips.report(done, version=2) == tech.clips.report(done)
    assert tech.clips.report(done, version=1).clip == tech.clips.report(done).clip
    assert tech.clips.report_page(done, version=1).startswith("<!doctype html>")
    many = engineer.reanalyses.begin(ReanalysisFilter(ids=[done], states=["done"]))
    assert many.wanted == {"ids": 1, "state": ["done"]}
    assert engineer.reanalyses.cancel(many.id).state == "cancelled"
    assert [one.id for one in engineer.reanalyses.all()][:2] == [many.id, begun.id]
    none = engineer.reanalyses.begin(ReanalysisFilter(ids=[done], outdated=["noise", "damage"]))
    assert none.clips.total == 0
    with pytest.raises(errors.NotAllowed):
        tech.reanalyses.begin(ReanalysisFilter())


def test_corrections(running: Running, done: str) -> None:
    tech, engineer = running.as_("t1", "technician", "w1"), running.as_("e1", "engineer")
    missed = tech.corrections.missed_noise(
        done, "squeal", seconds=(0.1, 0.6), hertz=(2000, 4000), note="at the left wheel"
    )
    assert (missed.kind, missed.task, missed.high_hz) == ("missed_noise", "noise", 4000)
    wrong = tech.corrections.wrong_label(done, "noise", "knock", "tick", start_s=0.0, end_s=0.5)
    assert (wrong.type, wrong.instead) == ("knock", "tick")
    nothing = tech.corrections.nothing_there(done, "damage")
    with pytest.raises(errors.CorrectionInvalid):
        tech.corrections.damage_box(done, "dent", frame=1, box=(0.1, 0.1, 0.2, 0.2))
    assert tech.corrections.all(done) == [missed, wrong, nothing]
    assert [one.note for one in engineer.corrections.all(done)] == [None, None, None]
    with pytest.raises(errors.ClipUnknown):
        running.as_("t2", "technician", "w2").corrections.all(done)
    tech.corrections.take_back(done, wrong.id)
    with pytest.raises(errors.CorrectionUnknown):
        tech.corrections.take_back(done, wrong.id)
    assert tech.corrections.all(done) == [missed, nothing]


def test_cases_and_knowledge(running: Running, done: str, tmp_path: Path) -> None:
    tech, admin = running.as_("t1", "technician", "w1"), running.as_("a1", "admin")
    fault = tech.knowledge.faults()[0]
    reasoned = tech.knowledge.reason(SQUEAL, context={"when": ["braking"]}, explain=True)
    assert reasoned.explanation is not None
    assert tech.knowledge.reason({}).explanation is None
    kept = tech.clips.confirm(done, fault=fault.fault)
    case = tech.cases.get(kept.id)
    assert (case.fault, case.fault_name) == (fault.fault, fault.name)
    assert case in list(tech.cases.all(fault=fault.fault))
    assert len(tech.cases.frequencies(make="大众", year=2019)) == len(tech.knowledge.faults())
    assert tech.cases.similar(kept.id) == []
    orders = tmp_path / "orders.csv"
    orders.write_text(f"day,order,fault\n2024-03-01,7,{fault.fault}\nsome day,8,x\n")
    mapping = "columns: {opened_on: day, number: order, fault: fault}"
    taken = admin.cases.send_orders(orders, mapping=mapping)
    assert (taken.records, taken.added, taken.rejected) == (2, 1, 1)
    assert [row.line for row in taken.rejected_rows] == [3]
    near = tech.cases.similar_to_report(SQUEAL, count=1)
    assert len(near) == 1
    assert near[0].case in list(tech.cases.all())
    assert near[0].clip is None
    assert tech.clips.similar(done, count=1) == []
    with pytest.raises(errors.ClipUnknown):
        running.as_("t2", "technician", "w2").clips.similar(done)
    with pytest.raises(errors.CaseUnknown):
        tech.cases.get("none")


def test_an_owner_takes_all_along_and_goes(running: Running, sound: Path, tmp_path: Path) -> None:
    olga, admin = running.as_("olga", "owner"), running.as_("a1", "admin")
    clip = olga.clips.upload(sound)
    assert [one.id for one in olga.clips.all(ClipFilter(sort="urgency", confirmed=False))] == [
        clip.id
    ]
    path = tmp_path / "mine.zip"
    path.write_bytes(b"of yesterday")
    olga.owners.export_mine(path, originals=True)
    assert sound.read_bytes() in contents(path).values()
    admin.owners.export("olga", tmp_path / "hers.zip")
    assert sound.read_bytes() not in contents(tmp_path / "hers.zip").values()
    with pytest.raises(errors.OwnerUnknown):
        running.as_("anna", "owner").owners.export("olga", tmp_path / "stolen.zip")
    with pytest.raises(errors.OwnerUnknown):
        running.as_("anna", "owner").owners.delete("olga")
    olga.owners.delete_me()
    with pytest.raises(errors.TokenRevoked):
        olga.clips.page()
    admin.owners.delete("olga")
    assert {file.name for file in tmp_path.iterdir()} == {"mine.zip", "hers.zip", sound.name}


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        json.loads(archive.read("manifest.json"))
        return {name: archive.read(name) for name in archive.namelist()}
