"""The log of who did what: written by one thread, read by pages, forgotten after its time."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from tests.postgres import on_both_databases
from tingzhen.serving.access.audit import AuditLog, Deed, audit_page
from tingzhen.serving.records import AuditEntry, writing


def deed(number: int, *, at: datetime | None = None) -> Deed:
    return Deed(
        at=at or datetime.now(UTC), subject=f"t{number % 2}", role="technician",
        action="clips.read", object_id=f"c{number}", outcome="done",
    )  # fmt: skip


@on_both_databases
def test_deeds_are_kept_in_their_order_and_read_by_pages(records: Engine) -> None:
    log = AuditLog(records, kept_days=1)
    for number in range(7):
        written = log.add(deed(number))
    written.result(timeout=10)
    first = audit_page(records, limit=4)
    rest = audit_page(records, after=first[-1].seq, limit=4)
    assert [entry.object_id for entry in [*first, *rest]] == [f"c{n}" for n in range(7)]
    assert {entry.object_kind for entry in first} == {"clips"}
    assert [e.object_id for e in audit_page(records, subject="t1")] == ["c1", "c3", "c5"]
    assert [e.subject for e in audit_page(records, object_id="c2")] == ["t0"]
    log.close()


def test_a_change_takes_along_the_looks_before_it(records: Engine) -> None:
    log = AuditLog(records, kept_days=1)
    looks = [log.add(deed(number)) for number in range(3)]
    log.add(deed(3), at_once=True).result(timeout=10)
    assert all(look.done() for look in looks)
    assert [entry.object_id for entry in audit_page(records)] == ["c0", "c1", "c2", "c3"]
    log.close()


def test_what_waits_is_written_at_the_end(records: Engine) -> None:
    log = AuditLog(records, kept_days=1)
    for number in range(1200):
        log.add(deed(number))
    log.close()
    assert audit_page(records, after=1199, limit=5)[0].object_id == "c1199"


@on_both_databases
@pytest.mark.parametrize("change", ["UPDATE audit SET outcome = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_the_log(records: Engine, change: str) -> None:
    log = AuditLog(records, kept_days=1)
    log.add(deed(0)).result(timeout=10)
    log.close()
    with pytest.raises(DBAPIError, match="only added to"), records.begin() as connection:
        connection.exec_driver_sql(change)
    assert len(audit_page(records)) == 1


@on_both_databases
def test_old_entries_are_forgotten_at_the_start(records: Engine) -> None:
    old = datetime.now(UTC) - timedelta(days=31)
    with writing(records) as session:
        for at in (old, datetime.now(UTC)):
            session.add(
                AuditEntry(at=at, subject="t1", role="owner", action="clips.read",
                           object_kind="clips", outcome="done")
            )  # fmt: skip
    log = AuditLog(records, kept_days=30)
    log.add(deed(0)).result(timeout=10)
    log.close()
    assert [entry.seq for entry in audit_page(records)] == [2, 3]


def test_an_entry_that_cannot_be_written_is_told_to_the_log_and_nobody_hangs(
    records: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    log = AuditLog(records, kept_days=1)
    log.add(deed(0)).result(timeout=10)
    with records.begin() as connection:
        connection.exec_driver_sql("DROP TABLE audit")
    with caplog.at_level(logging.ERROR, logger="tingzhen.service"):
        log.add(deed(1)).result(timeout=10)
    log.close()
    (record,) = [r for r in caplog.records if r.message == "audit entry not kept"]
    assert record.__dict__["object_id"] == "c1"
    assert record.__dict__["code"] == "records_unavailable"
