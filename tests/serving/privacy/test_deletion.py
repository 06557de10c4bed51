"""Deleting removes every copy: every place that keeps anything is searched, before and after.

Places: the records, cases and DBOS databases (all tables), the file store, the folder of uploads
and whatever else lies in the data folder, and the system's temporary folder. What has to stay is
named: the lines of the log of who did what, which hold the clip's id and nothing else of it.
"""

import base64
import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.serving.clips.conftest import Here, Open
from tests.serving.examples import tone
from tingzhen.serving.jobs.database import QUEUE
from tingzhen.serving.sound import encode_wav

LABEL, WORDS = "grandma-li-drives.wav", "rattles near the school"
CONTENT = encode_wav(tone(1.23))


def database_rows(folder: Path) -> dict[str, list[str]]:
    """All rows of all tables, as text, by database and table."""
    rows: dict[str, list[str]] = {}
    for file in sorted(folder.rglob("*.sqlite3")):
        with closing(sqlite3.connect(file)) as database:
            names = "SELECT name FROM sqlite_master WHERE type = 'table'"
            for (table,) in database.execute(names).fetchall():
                found = database.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608
                rows[f"{file.name}:{table}"] = [repr(row) for row in found]
    return rows


def places_with(folder: Path, secret: str) -> set[str]:
    """Tables with rows that hold it, and folders with files whose name or content holds it; a
    database's own files are searched as tables, after what was deleted is overwritten."""
    places = {table for table, rows in database_rows(folder).items() if secret in "\n".join(rows)}
    for top in (folder, Path(tempfile.gettempdir())):
        pattern = "*" if top == folder else "tingzhen-*"
        for file in top.rglob(pattern) if top == folder else top.glob(pattern):
            if not file.is_file() or ".sqlite3" in file.name:
                continue
            if secret in str(file) or secret.encode() in file.read_bytes():
                places.add(str(file.relative_to(top).parent))
    return places


@pytest.fixture
def here(open_service: Open, tmp_path: Path) -> Here:
    return open_service(tmp_path / "data")


def test_every_copy_goes(here: Here) -> None:
    # In parts, so that the folder of uploads and its table have had it.
    created = here.client.post(
        "/v1/uploads",
        headers={
            "Tus-Resumable": "1.0.0", "Upload-Length": str(len(CONTENT)),
            "Content-Type": "application/offset+octet-stream",
            "Upload-Metadata": f"filename {_base64(LABEL)},"
            f"context {_base64(json.dumps({'complaint': WORDS}))}",
        },
        content=CONTENT,
    )  # fmt: skip
    assert created.status_code == 201, created.text
    (clip_id,) = [clip["id"] for clip in here.client.get("/v1/clips").json()["clips"]]
    here.work_off(clip_id)
    for name in ("sound", "spectrogram.png", "frames"):
        assert here.client.get(f"/v1/clips/{clip_id}/{name}").status_code == 200
    assert here.client.post(f"/v1/clips/{clip_id}/guide").status_code == 201
    piece = CONTENT[1000:1100]

    holding = places_with(here.data_dir, clip_id)
    assert {"records.sqlite3:clips", "records.sqlite3:clip_events", "records.sqlite3:audit",
            "cases.sqlite3:guide_sessions", f"files/clips/{clip_id}"} <= holding  # fmt: skip
    assert any(place.startswith("jobs.sqlite3:") for place in holding), QUEUE
    assert "records.sqlite3:clips" in places_with(here.data_dir, LABEL)
    assert "records.sqlite3:clips" in places_with(here.data_dir, WORDS)
    assert [f for f in here.originals() if piece in f.read_bytes()]

    assert here.client.delete(f"/v1/clips/{clip_id}").status_code == 204

    assert places_with(here.data_dir, clip_id) == {"records.sqlite3:audit"}
    assert places_with(here.data_dir, LABEL) == set()
    assert places_with(here.data_dir, WORDS) == set()
    for file in here.data_dir.rglob("*"):
        assert not (file.is_file() and piece in file.read_bytes()), file
    (audit,) = (
        [row for row in rows if clip_id in row]
        for table, rows in database_rows(here.data_dir).items()
        if table == "records.sqlite3:audit"
    )
    assert not any(LABEL in row or WORDS in row for row in audit)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
