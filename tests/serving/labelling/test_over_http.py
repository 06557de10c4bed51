"""The lab over HTTP: what came in, the queue, labels, Label Studio both ways, training data."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving.labelling.conftest import LABEL, SIZE_PX, WORDS, Lab
from tingzhen.datasets.damage_manifest import read_damage_manifest
from tingzhen.datasets.noise_manifest import read_noise_manifest
from tingzhen.serving.labelling import ROUTERS
from tingzhen.serving.privacy.export import export_owner
from tingzhen.serving.records import (
    ClipCorrection,
    ClipFacts,
    ModelAgreement,
    delete_clip,
    reading,
    writing,
)

SURE = {"knock": 0.99, "normal": 0.01}
TORN = {"squeal": 0.5, "normal": 0.4}
NOW = datetime.now(UTC)
KNOCK = {"type": "knock", "start_s": 0.25, "end_s": 0.75}
DENT = {"type": "dent", "frame": 2, "x": 0.125, "y": 0.25, "width": 0.5, "height": 0.3}


@pytest.fixture(scope="module")
def ids(lab: Lab) -> dict[str, str]:
    ids = {
        "sure": lab.clip(1, scores=SURE, at=NOW - timedelta(hours=3)),
        "torn": lab.clip(2, scores=TORN, at=NOW - timedelta(hours=2)),
        "same": lab.clip(3, scores=TORN, at=NOW - timedelta(hours=1), sha256=f"{2:064x}"),
        "seen": lab.clip(4, scores=SURE, at=NOW - timedelta(days=1), workshop=None,
                         quality=("too_quiet",)),
        "made": lab.clip(5, scores=TORN, at=NOW, quality=("generated_clip",)),
        "said": lab.clip(6, scores=SURE, at=NOW - timedelta(days=40), version="2",
                         confirmed_fault="it was the mouse nest"),
    }  # fmt: skip
    corrected = {
        "id": "c" * 32, "clip_id": ids["seen"], "made_at": NOW, "author": "t1",
        "kind": "wrong_label", "role": "technician", "task": "noise", "type": "knock",
        "instead": "tick", "note": "my words",
    }  # fmt: skip
    said = {"verdict": "abnormal", "first": "knock", "probability": 0.9}
    other = {"verdict": "normal", "first": "normal", "probability": 0.6}
    with writing(lab.service.records) as session:
        session.add(ClipCorrection(**corrected))
        session.add(ModelAgreement(
            clip_id=ids["sure"], task="noise", active="3", shadow="4", agree=False,
            data={"active": said, "shadow": other, "same_first": False, "slices": {}},
        ))  # fmt: skip
    return ids


def test_the_queue_brings_what_teaches_most(lab: Lab, ids: dict[str, str]) -> None:
    queue = lab.get("queue/noise")
    # A correction weighs 2, as much as doubt and disagreement together; the same content once, and
    # generated clips last.
    assert [clip["id"] for clip in queue["clips"]] == [
        ids["seen"], ids["sure"], ids["same"], ids["said"], ids["made"],
    ]  # fmt: skip
    assert (queue["waiting"], queue["pending"]) == (5, 0)
    first, second, third = (clip["teaches"] for clip in queue["clips"][:3])
    assert first["corrected"] and first["value"] == pytest.approx((2 + 0.0808) / 6, abs=1e-4)
    assert (second["disagreement"], third["uncertainty"]) == (1.0, 1.0)
    assert queue["clips"][-1]["generated"] is True


def test_nobody_learns_whose_a_clip_is(lab: Lab, ids: dict[str, str]) -> None:
    clip = lab.get(f"clips/{ids['seen']}")
    told = json.dumps([clip, lab.get(f"clips/{ids['said']}"), lab.get("clips"),
                       lab.get("queue/noise")], ensure_ascii=False)  # fmt: skip
    for secret in (WORDS, LABEL, "owner7", "w1", "mouse nest", "my words", "123456", "originals/"):
        assert secret not in told, secret
    assert clip["vehicle"]["mileage_km"] == 120_000
    assert clip["corrections"][0]["instead"] == "tick"
    assert clip["day"] == (NOW - timedelta(days=1)).date().isoformat()
    assert [frame["number"] for frame in clip["frames"]] == [1, 2]
    sound = lab.client.get(clip["links"]["sound"], headers={"range": "bytes=0-9"})
    assert (sound.status_code, len(sound.content)) == (206, 10)
    assert lab.client.get(clip["frames"][0]["url"]).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(("role", "workshop"), [("owner", None), ("technician", "w1")])
def test_only_engineers(lab: Lab, ids: dict[str, str], role: str, workshop: str | None) -> None:
    with lab.as_somebody("owner7", role, workshop=workshop) as client:
        for path in ("queue/noise", f"clips/{ids['seen']}", f"clips/{ids['seen']}/sound", "runs"):
            assert client.get(f"/v1/lab/{path}").status_code == 403


def test_a_clip_without_a_report_is_not_there(lab: Lab) -> None:
    waiting = lab.clip(99, report_zh=None, report_en=None, state="waiting", finished_at=None)
    for path in (f"clips/{waiting}", f"clips/{waiting}/frames/1.jpg", f"clips/{'0' * 32}"):
        assert lab.client.get(f"/v1/lab/{path}").json()["code"] == "clip_unknown"
    label = put(lab, waiting, task="noise", types=["normal"])
    assert label.json()["code"] == "clip_unknown"


def test_what_is_no_report_is_passed_over(lab: Lab, ids: dict[str, str]) -> None:
    for number, text in enumerate(("{", "[]", '{"quality": 7}'), start=90):
        odd = lab.clip(number, report_en=text, at=NOW - timedelta(days=500))
        assert lab.get("queue/noise")["pending"] == 0
        assert lab.client.get(f"/v1/lab/clips/{odd}").json()["code"] == "clip_unknown"


def test_what_came_in(lab: Lab, ids: dict[str, str]) -> None:
    data = lab.get("data")
    assert (data["clips"], data["recordings"], data["generated"]) == (5, 4, 1)
    by = {name: {e["value"]: e["count"] for e in entries} for name, entries in data["by"].items()}
    assert by["source"] == {"workshop": 3, "owner": 1, "generated": 1}
    assert by["noise_type"] == {"knock": 2, "squeal": 2}
    assert by["quality"] == {"clear": 3, "too_quiet": 1}
    assert sum(day["owner"] + day["workshop"] + day["generated"] for day in data["by_day"]) == 5
    assert len(data["by_day"]) == 30
    wide = lab.get("data", since=str((NOW - timedelta(days=60)).date()))
    assert {e["value"]: e["count"] for e in wide["by"]["noise_version"]} == {"3": 4, "2": 1}
    backwards = lab.client.get(
        "/v1/lab/data", params={"since": "2026-02-02", "until": "2026-01-01"}
    )
    assert backwards.json()["code"] == "upload_invalid"


def test_clips_are_found_page_by_page(lab: Lab, ids: dict[str, str]) -> None:
    def found(**query: Any) -> list[str]:
        return [clip["id"] for clip in lab.get("clips", **query)["clips"]]

    assert found(quality="too_quiet") == [ids["seen"]] == found(source="owner")
    assert found(noise_version="2") == [ids["said"]]
    assert found(quality="clear", noise_type="squeal", source="workshop") == [
        ids["same"],
        ids["torn"],
    ]
    page = lab.get("clips", limit=2)
    rest = lab.get("clips", limit=50, cursor=page["next_cursor"])
    seen = [clip["id"] for clip in page["clips"] + rest["clips"]]
    assert seen == [ids[name] for name in ("made", "same", "torn", "sure", "seen", "said")]
    assert rest["next_cursor"] is None
    gone = lab.client.get("/v1/lab/clips", params={"cursor": "f" * 32})
    assert gone.json()["code"] == "upload_invalid"


def put(lab: Lab, clip_id: str, **label: Any) -> httpx.Response:
    return lab.client.put(f"/v1/lab/clips/{clip_id}/label", json=label)


def test_labels_are_given_and_taken_back(lab: Lab, ids: dict[str, str]) -> None:
    kept = put(lab, ids["torn"], task="noise", types=["knock", "tick"], regions=[KNOCK])
    assert kept.status_code == 200, kept.text
    assert (kept.json()["author"], kept.json()["regions"]) == ("eng1", [KNOCK])
    queue = [clip["id"] for clip in lab.get("queue/noise")["clips"]]
    assert ids["torn"] not in queue and ids["same"] not in queue  # one content, one label
    assert lab.get("labels")["noise"]["types"]["tick"] == 1
    late = KNOCK | {"end_s": 50.0}
    assert put(lab, ids["torn"], task="noise", types=["knock"], regions=[late]).json()["code"] == (
        "upload_invalid"
    )
    nowhere = put(lab, ids["torn"], task="damage", types=["dent"], regions=[DENT | {"frame": 9}])
    assert nowhere.json()["code"] == "clip_file_unknown"
    bad = put(lab, ids["torn"], task="noise", types=["purr"])
    assert (bad.status_code, bad.json()["code"]) == (422, "upload_invalid")
    address = f"/v1/lab/clips/{ids['torn']}/label/noise"
    assert lab.client.delete(address).status_code == 204
    assert lab.client.delete(address).json()["code"] == "label_unknown"
    assert ids["same"] in [clip["id"] for clip in lab.get("queue/noise")["clips"]]


def test_label_studio_and_back_changes_nothing(lab: Lab, ids: dict[str, str]) -> None:
    put(lab, ids["torn"], task="noise", types=["knock", "tick"], regions=[KNOCK])
    put(lab, ids["torn"], task="damage", types=["dent"], regions=[DENT])
    before = lab.get(f"clips/{ids['torn']}")["labels"]
    tasks = []
    for task in ("noise", "damage"):
        archive = downloaded(lab, f"label-studio/{task}.zip", clip=ids["torn"])
        some = json.loads(archive.read("tasks.json"))
        for one in some:
            place = one["data"].get("sound") or one["data"]["picture"]
            media = place.removeprefix("/data/local-files/?d=tingzhen/")
            assert len(archive.read(media)) > 100
        assert (
            f'value="{"knock" if task == "noise" else "dent"}"'
            in archive.read("config.xml").decode()
        )
        tasks += some
    assert len(tasks) == 3
    box = tasks[2]["annotations"][0]["result"][1]
    assert (box["original_width"], box["original_height"]) == SIZE_PX
    assert box["value"]["x"] == 12.5
    for task in ("noise", "damage"):
        lab.client.delete(f"/v1/lab/clips/{ids['torn']}/label/{task}")
    taken = lab.client.post("/v1/lab/label-studio", json=tasks).json()
    assert taken == {"tasks": 3, "labels": 2, "without": 1, "refused": []}
    after = lab.get(f"clips/{ids['torn']}")["labels"]
    said = ("task", "types", "regions")
    assert [[one[k] for k in said] for one in after] == [[one[k] for k in said] for one in before]
    assert {one["source"] for one in after} == {"label_studio"}


def test_what_cannot_be_used_is_named_and_the_rest_is_kept(lab: Lab, ids: dict[str, str]) -> None:
    def sound(clip_id: str, *results: Any) -> dict[str, Any]:
        data = {"clip_id": clip_id, "task": "noise"}
        return {"data": data, "annotations": [{"result": list(results)}]}

    def choice(type_: str) -> dict[str, Any]:
        return {"type": "choices", "value": {"choices": [type_]}}

    box = {"x": 1, "y": 1, "width": 5, "height": 5, "rotation": 30, "rectanglelabels": ["dent"]}
    turned = {"type": "rectanglelabels", "value": box}
    tasks = [
        7, {"data": {}}, sound(ids["seen"], choice("hiss")), sound("f" * 32, choice("hiss")),
        sound(ids["seen"], choice("purr")), sound(ids["same"], turned),
        sound(ids["same"], {"type": "brushlabels", "value": {}}),
        {"data": {"clip_id": ids["same"], "task": "noise"},
         "annotations": [{"was_cancelled": True, "result": [choice("hiss")]}]},
    ]  # fmt: skip
    taken = lab.client.post("/v1/lab/label-studio", json=tasks).json()
    # Of a clip that stands there twice both tasks make one label, so both go.
    assert [one["task"] for one in taken["refused"]] == [1, 2, 3, 4, 6, 7]
    assert (taken["labels"], taken["without"]) == (0, 1)
    assert "rotated" in taken["refused"][4]["reason"]
    again = lab.client.post("/v1/lab/label-studio", json=tasks[2:3]).json()
    assert again["labels"] == 1
    for body in (b"{", b"{}", b"[" * 100_000):
        answer = lab.client.post("/v1/lab/label-studio", content=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "labels_invalid")
    lab.client.delete(f"/v1/lab/clips/{ids['seen']}/label/noise")


def test_labels_become_data_that_training_reads(
    lab: Lab, ids: dict[str, str], tmp_path: Path
) -> None:
    put(lab, ids["torn"], task="noise", types=["knock", "tick"], regions=[KNOCK])
    put(lab, ids["sure"], task="noise", types=["unsure"])
    put(lab, ids["seen"], task="noise", types=["normal"])
    put(lab, ids["made"], task="noise", types=["hiss"])
    put(lab, ids["torn"], task="damage", types=["dent"], regions=[DENT])
    put(lab, ids["seen"], task="damage", types=["undamaged"])
    downloaded(lab, "manifest/noise.zip").extractall(tmp_path / "noise")
    downloaded(lab, "manifest/damage.zip").extractall(tmp_path / "damage")
    clips = read_noise_manifest(tmp_path / "noise" / "manifest.csv")
    assert {clip.types for clip in clips} == {frozenset({"knock", "tick"}), frozenset({"normal"})}
    assert {clip.source for clip in clips} == {"workshop", "owner"}
    assert len({clip.group for clip in clips}) == 1  # one owner with one Golf
    assert "owner7" not in clips[0].group
    pictures = read_damage_manifest(tmp_path / "damage" / "manifest.csv")
    assert sorted(sorted(p.labels) for p in pictures) == [["dent"], ["undamaged"], ["undamaged"]]
    (dent,) = (p for p in pictures if p.boxes)
    assert (dent.boxes[0].x, dent.boxes[0].h) == (0.125, pytest.approx(0.3))


def test_a_version_against_labels(lab: Lab, ids: dict[str, str]) -> None:
    put(lab, ids["sure"], task="noise", types=["normal"])
    put(lab, ids["seen"], task="noise", types=["knock"])
    found = lab.get("models/noise/versions/3/labels")
    assert found["first_right"] == 1
    assert ids["sure"] in [clip["id"] for clip in found["mistakes"]]
    names, counts = found["confusion"]["types"], found["confusion"]["counts"]
    assert counts[names.index("normal")][names.index("knock")] == 1
    compared = lab.get("models/noise/comparison", active="3", shadow="4")
    assert compared["compared"] == 1
    assert compared["labelled"]["shadow_only"] == 1
    assert (compared["clips"][0]["right"], compared["p_value"]) == ("shadow_only", 1.0)


def test_drift_is_seen_within_a_version(lab: Lab, ids: dict[str, str]) -> None:
    monday = datetime(2025, 3, 3, tzinfo=UTC)
    for number in range(36):
        week, low = min(number // 4, 5), number % 24
        scores = {"knock": 0.55 if week == 5 else 0.95, "normal": 0.1}
        poor = ("too_quiet",) if week == 5 else ()
        lab.clip(1000 + number, scores=scores, version="old", quality=poor,
                 at=monday + timedelta(weeks=week, hours=low))  # fmt: skip
    weeks_ago = (NOW - monday).days // 7 + 1
    found = lab.get("drift/noise", weeks=min(156, weeks_ago))
    (version,) = (v for v in found["versions"] if v["version"] == "old")
    assert [week["n"] for week in version["weeks"]] == [4] * 5 + [16]
    assert [week["first"] for week in version["weeks"]] == [True] * 4 + [False] * 2
    steady, changed = (week["stability"] for week in version["weeks"][4:])
    assert not steady["changed"]
    assert changed["index"] > changed["by_chance"] and changed["changed"]
    poor_week = found["quality"][5]
    assert poor_week["codes"]["too_quiet"]["value"] == 1.0
    assert 0.1 < poor_week["clear"]["interval"][1] < 0.25  # none of 16
    assert found["quality"][4]["stability"]["changed"] is False


def downloaded(lab: Lab, path: str, **query: Any) -> zipfile.ZipFile:
    answer = lab.client.get(f"/v1/lab/{path}", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-clips-left-out"] == "0"
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_a_label_is_in_the_owners_export_and_goes_with_the_clip(
    lab: Lab, ids: dict[str, str], tmp_path: Path
) -> None:
    clip_id = lab.clip(7, owner="owner9", scores=SURE)
    assert put(lab, clip_id, task="noise", types=["tick"]).status_code == 200
    export_owner(lab.service, "owner9", tmp_path / "owner9.zip")
    with zipfile.ZipFile(tmp_path / "owner9.zip") as archive:
        about = json.loads(archive.read(f"clips/{clip_id}/clip.json"))
    assert [label["types"] for label in about["labels"]] == [["tick"]]
    assert "eng1" not in json.dumps(about)
    before = lab.get("labels")["noise"]["types"]["tick"]
    with writing(lab.service.records) as session:
        delete_clip(session, clip_id)
    assert lab.get("labels")["noise"]["types"]["tick"] == before - 1
    with reading(lab.service.records) as session:
        assert session.get(ClipFacts, clip_id) is None


def test_every_address_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "labelling.md").read_text(encoding="utf-8")
    paths = [route.path for router in ROUTERS for route in router.routes]
    assert len(paths) == 19
    for path in paths:
        assert path in page or path.removeprefix("/v1/lab/clips/{clip_id}") in page, path
