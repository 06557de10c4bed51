"""What the records say of the whole service, on SQLite and on Postgres."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from tests.postgres import on_both_databases
from tests.serving.records.example_clips import example_clip
from tingzhen.serving import Settings
from tingzhen.serving.operations.exposition import Exposition
from tingzhen.serving.records import ClipState, WorkerProcess, add_clip, open_records, writing
from tingzhen.serving.records.schema import upgrade_records

Samples = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture
def records(database_url: str) -> Iterator[Engine]:
    engine = open_records(database_url)
    upgrade_records(engine)
    yield engine
    engine.dispose()


def read(records: Engine, settings: Settings) -> Samples:
    """Every sample by its name and the values of its labels, in the order of their names."""
    text = Exposition(records, settings).text().decode()
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def add(records: Engine, number: int, state: ClipState, priority: int, age_s: float) -> None:
    clip = example_clip(number)
    clip.state, clip.priority = state, priority
    clip.created_at = datetime.now(UTC) - timedelta(seconds=age_s)
    with writing(records) as session:
        add_clip(session, clip)


@on_both_databases
def test_the_queue_is_told_by_state_and_priority(records: Engine, settings: Settings) -> None:
    clips: list[tuple[ClipState, int]] = [
        ("waiting", 0), ("waiting", 0), ("waiting", 5), ("running", 0), ("done", 0)
    ]  # fmt: skip
    for number, (state, priority) in enumerate(clips):
        add(records, number, state, priority, age_s=100.0 * number + 50)
    samples = read(records, settings)
    queue = {labels: n for (name, labels), n in samples.items() if name == "tingzhen_queue_clips"}
    assert queue == {("0", "waiting"): 2, ("5", "waiting"): 1, ("0", "running"): 1}
    assert 250 <= samples["tingzhen_queue_oldest_seconds", ()] < 350
    assert samples["tingzhen_records_up", ()] == 1


@on_both_databases
def test_workers_are_alive_stopping_or_silent(records: Engine, settings: Settings) -> None:
    now = datetime.now(UTC)
    workers = [("a", 0, False), ("b", 0, False), ("c", 0, True), ("d", 99, True)]
    for name, age_s, stopping in workers:
        with writing(records) as session:
            session.add(WorkerProcess(
                executor_id=name, host="h", pid=1, version="v", started_at=now,
                beat_at=now - timedelta(seconds=age_s), stopping=stopping,
            ))  # fmt: skip
    samples = read(records, settings)
    states = {labels: n for (name, labels), n in samples.items() if name == "tingzhen_workers"}
    assert states == {("alive",): 2, ("stopping",): 1, ("silent",): 1}


def test_an_empty_service_has_its_zeros(records: Engine, settings: Settings) -> None:
    samples = read(records, settings)
    assert samples["tingzhen_workers", ("alive",)] == 0
    assert samples["tingzhen_webhook_deliveries", ("failed",)] == 0
    assert samples["tingzhen_queue_oldest_seconds", ()] == 0
    assert samples["tingzhen_queue_limit", ()] == settings.queue_limit


def test_a_database_that_is_gone_is_said_and_the_rest_is_told(
    settings: Settings, tmp_path: Path
) -> None:
    gone = open_records(f"sqlite:///{tmp_path}")  # a folder is no database
    samples = read(gone, settings)
    assert samples["tingzhen_records_up", ()] == 0
    assert ("tingzhen_workers", ("alive",)) not in samples
    assert samples["tingzhen_queue_limit", ()] == settings.queue_limit


def test_the_room_on_the_disk_is_told(records: Engine, settings: Settings) -> None:
    assert ("tingzhen_data_free_bytes", ()) not in read(records, settings)  # no folder yet
    settings.data_dir.mkdir()
    assert read(records, settings)["tingzhen_data_free_bytes", ()] > 0
