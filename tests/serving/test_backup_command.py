"""`tingzhen backup`, `restore` and `db` as a person runs them."""

from pathlib import Path

import pytest

from tests.serving.backup.place import fill, new_place, rows
from tests.serving.conftest import Tingzhen
from tests.serving.migrations.test_records_tree import landed_clips


@pytest.mark.slow
def test_a_service_moves_in_one_file(tingzhen: Tingzhen, tmp_path: Path) -> None:
    old = new_place(tmp_path / "old")
    fill(old)
    file = tmp_path / "tingzhen.backup"
    made = tingzhen("backup", file, TINGZHEN_DATA_DIR=str(old.data_dir))
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == f"4 clips, 2 cases, 9 files, {file.stat().st_size} bytes\n"
    again = tingzhen("backup", file, TINGZHEN_DATA_DIR=str(old.data_dir))
    assert (again.returncode, again.stderr.split(":")[0]) == (2, "backup_unwritable")

    restored = tingzhen("restore", file, TINGZHEN_DATA_DIR=str(tmp_path / "new"))
    assert (restored.returncode, restored.stderr) == (0, "")
    assert "4 clips, 2 cases, 9 files; 2 clips are analysed" in restored.stdout
    assert rows(new_place(tmp_path / "new"))["cases"] == rows(old)["cases"]
    refused = tingzhen("restore", file, TINGZHEN_DATA_DIR=str(tmp_path / "new"))
    assert (refused.returncode, refused.stderr.split(":")[0]) == (2, "restore_refused")


@pytest.mark.slow
def test_a_lost_file_gives_status_1(tingzhen_here: Tingzhen, tmp_path: Path) -> None:
    place = new_place(tmp_path / "old")
    fill(place)
    lost = next((place.data_dir / "files" / "originals").rglob("?" * 64))
    lost.unlink()
    made = tingzhen_here("backup", tmp_path / "a", TINGZHEN_DATA_DIR=str(place.data_dir))
    assert made.returncode == 1
    assert lost.name in made.stderr


def test_databases_are_brought_up_to_date(tingzhen_here: Tingzhen, tmp_path: Path) -> None:
    place = new_place(tmp_path)
    landed_clips(place.records_url(), 2)
    environment = {"TINGZHEN_DATA_DIR": str(tmp_path)}
    before = tingzhen_here("db", "current", **environment)
    assert (before.returncode, before.stdout.split()[:4]) == (
        1, ["records", "0001", "newest", before.stdout.split()[3]],
    )  # fmt: skip
    upgraded = tingzhen_here("db", "upgrade", **environment)
    assert (upgraded.returncode, upgraded.stderr) == (0, "")
    after = tingzhen_here("db", "current", **environment)
    assert after.returncode == 0
    for line in after.stdout.splitlines():
        _, found, _, newest = line.split()
        assert found == newest


@pytest.mark.slow
def test_a_database_that_cannot_be_used_is_said(tingzhen_here: Tingzhen, tmp_path: Path) -> None:
    (tmp_path / "records.sqlite3").write_bytes(b"words, no database\n" * 100)
    for command in (["db", "current"], ["db", "upgrade"], ["backup", tmp_path / "a"]):
        done = tingzhen_here(*command, TINGZHEN_DATA_DIR=str(tmp_path))
        assert (done.returncode, done.stderr.split(":")[0]) == (2, "records_unavailable")
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "a").exists()
