"""One owner's data as one file: all of it, and nobody else's."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.serving.clips.conftest import Here, Open
from tests.serving.examples import tone
from tingzhen.errors import ExportUnwritable, OwnerUnknown
from tingzhen.serving.privacy.export import SCHEMA, Exported, export_owner
from tingzhen.serving.sound import encode_wav

MINE, THEIRS = encode_wav(tone(1.2)), encode_wav(tone(1.3))


@pytest.fixture(scope="module")
def here(open_service: Open, tmp_path_factory: pytest.TempPathFactory) -> Here:
    return open_service(tmp_path_factory.mktemp("service") / "data")


def send(here: Here, subject: str, content: bytes, complaint: str) -> str:
    with here.as_somebody(subject, "owner") as client:
        answer = client.post(
            "/v1/clips",
            files={"file": (f"{subject}.wav", content)},
            data={"context": json.dumps({"complaint": complaint})},
        )
    clip_id = str(answer.json()["id"])
    here.work_off(clip_id)
    return clip_id


@pytest.fixture(scope="module")
def clips(here: Here) -> dict[str, str]:
    """Ids of a clip of each of two owners; the first has a guided session, by somebody else."""
    ids = {
        "owner7": send(here, "owner7", MINE, "it knocks at dawn"),
        "owner8": send(here, "owner8", THEIRS, "it squeals at dusk"),
    }
    assert here.client.post(f"/v1/clips/{ids['owner7']}/guide").status_code == 201
    wrong = {"kind": "nothing_there", "task": "noise"}
    assert here.client.post(f"/v1/clips/{ids['owner7']}/corrections", json=wrong).is_success
    return ids


def export(here: Here, file: Path, subject: str = "owner7", **how: bool) -> zipfile.ZipFile:
    written = export_owner(here.service, subject, file, **how)
    archive = zipfile.ZipFile(file)
    assert written == Exported(1, len(archive.namelist()) - 1, file.stat().st_size)
    return archive


def test_the_manifest_names_every_file_with_its_digest(
    here: Here, clips: dict[str, str], tmp_path: Path
) -> None:
    with export(here, tmp_path / "a.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert (manifest["schema"], manifest["subject"]) == (SCHEMA, "owner7")
        assert manifest["clips"] == [clips["owner7"]]
        assert {*manifest["files"], "manifest.json"} == set(archive.namelist())
        for name, entry in manifest["files"].items():
            content = archive.read(name)
            assert entry == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_all_of_the_owner_is_in_it_and_nothing_of_others(
    here: Here, clips: dict[str, str], tmp_path: Path
) -> None:
    with export(here, tmp_path / "a.zip") as archive:
        folder = f"clips/{clips['owner7']}"
        names = set(archive.namelist())
        assert {f"{folder}/clip.json", f"{folder}/report.zh.json", f"{folder}/report.en.json",
                f"{folder}/files/sound.mp3", f"{folder}/files/spectrogram.png"} < names  # fmt: skip
        assert len([n for n in names if n.startswith(f"{folder}/sessions/")]) == 1
        about = json.loads(archive.read(f"{folder}/clip.json"))
        assert about["label"] == "owner7.wav"
        assert about["circumstances"]["complaint"] == "it knocks at dawn"
        assert about["events"][-1]["kind"] == "report"
        (correction,) = about["corrections"]
        assert (correction["kind"], correction["role"]) == ("nothing_there", "admin")
        assert "author" not in correction
        account = json.loads(archive.read("account.json"))
        assert {token["subject"] for token in account["tokens"]} == {"owner7"}
        audit = [json.loads(line) for line in archive.read("audit.jsonl").splitlines()]
        done = {(line["subject"], line["action"]) for line in audit}
        assert {("owner7", "clips.create"), ("somebody else", "guide.use")} <= done
        everything = b"".join(archive.read(name) for name in names)
    for secret in (b"owner8", b"dusk", b"admin1", b"secret_hash", clips["owner8"].encode()):
        assert secret not in everything, secret


def test_the_original_is_in_it_only_where_it_is_asked_for(
    here: Here, clips: dict[str, str], tmp_path: Path
) -> None:
    name = f"clips/{clips['owner7']}/original"
    with export(here, tmp_path / "without.zip") as archive:
        assert name not in archive.namelist()
    with export(here, tmp_path / "with.zip", originals=True) as archive:
        assert archive.read(name) == MINE


def test_what_cannot_be_exported_is_said(here: Here, clips: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(OwnerUnknown, match="nobody1"):
        export_owner(here.service, "nobody1", tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()
    there = tmp_path / "there.zip"
    there.write_text("mine")
    with pytest.raises(ExportUnwritable, match=r"there\.zip"):
        export_owner(here.service, "owner7", there)
    assert there.read_text() == "mine"
    with pytest.raises(ExportUnwritable):
        export_owner(here.service, "owner7", tmp_path / "missing" / "a.zip")


def test_the_command(here: Here, clips: dict[str, str], tmp_path: Path, tingzhen: Callable) -> None:
    place = {"TINGZHEN_DATA_DIR": str(here.data_dir)}
    done = tingzhen("export-owner", "owner7", tmp_path / "a.zip", **place)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 clips, ")
    failed = tingzhen("export-owner", "nobody1", tmp_path / "b.zip", **place)
    assert failed.returncode != 0
    assert "owner_unknown" in failed.stderr + failed.stdout or "nobody1" in failed.stderr
    assert "Traceback" not in failed.stderr
