"""Whether anything was written, asked without a query."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine, text

from tingzhen.serving.records import Changes, open_records


def written_by_another_process(path: Path) -> None:
    script = f"import sqlite3; c = sqlite3.connect({str(path)!r}); " + (  # noqa: S608
        "c.execute('INSERT INTO things VALUES (1)'); c.commit()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def fresh(path: Path) -> Engine:
    records = open_records(f"sqlite:///{path}")
    with records.begin() as connection:
        connection.execute(text("CREATE TABLE things (id)"))
    return records


def test_what_any_process_writes_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite3"
    records = fresh(path)
    changes = Changes(records)
    assert changes.cheap
    changes.any()
    assert not changes.any()
    with records.connect() as connection:
        connection.execute(text("SELECT * FROM things")).all()
    assert not changes.any()
    written_by_another_process(path)
    assert changes.any()
    assert not changes.any()
    with records.begin() as connection:
        connection.execute(text("INSERT INTO things VALUES (2)"))
    assert changes.any()
    changes.close()
    records.dispose()


def test_only_what_matters_is_told(tmp_path: Path) -> None:
    records = fresh(tmp_path / "records.sqlite3")
    changes = Changes(records, "SELECT EXISTS (SELECT 1 FROM things WHERE id > 5)")
    changes.any()
    for number, told in ((2, False), (7, True), (3, True)):
        with records.begin() as connection:
            connection.execute(text("INSERT INTO things VALUES (:number)"), {"number": number})
        assert changes.any() is told
        assert not changes.any()
    changes.close()
    records.dispose()


def test_what_cannot_be_told_may_have_changed(tmp_path: Path) -> None:
    records = open_records("sqlite://")
    changes = Changes(records)
    assert not changes.cheap
    assert changes.any()
    assert changes.any()
    records.dispose()
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"no database at all" * 100)
    changes = Changes(open_records(f"sqlite:///{broken}"))
    assert changes.any()
    assert changes.any()
    changes.close()
