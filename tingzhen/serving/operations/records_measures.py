"""What the records say of the whole service at one moment: queue, workers, deliveries, models.

Read when somebody asks. A database that is gone does not spoil the answer: it is said, and the rest
is there.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tingzhen import __version__
from tingzhen.errors import TingzhenError
from tingzhen.serving.records import (
    ClipRecord,
    ModelVersion,
    Upload,
    WebhookDelivery,
    WorkerProcess,
    reading,
)
from tingzhen.serving.settings import Settings

_UNFINISHED = ("waiting", "running")


class RecordsMeasures(Collector):
    """Register one with a registry; every reading of it reads the database once."""

    def __init__(self, records: Engine, settings: Settings) -> None:
        self._records = records
        self._settings = settings

    def describe(self) -> Iterable[Metric]:
        """Without a look at the database, which may not be there yet."""
        return list(_families().values())

    def collect(self) -> Iterator[Metric]:
        families = _families()
        families["tingzhen_build_info"].add_metric([__version__], 1)
        families["tingzhen_queue_limit"].add_metric([], self._settings.queue_limit)
        free_bytes = _free_bytes(self._settings.data_dir)
        if free_bytes is not None:
            families["tingzhen_data_free_bytes"].add_metric([], free_bytes)
        try:
            with reading(self._records) as session:
                self._read(session, families)
        except TingzhenError:
            families["tingzhen_records_up"].add_metric([], 0)
        else:
            families["tingzhen_records_up"].add_metric([], 1)
        yield from families.values()

    def _read(self, session: Session, families: dict[str, GaugeMetricFamily]) -> None:
        # All of it first: half of an answer would look like a whole one.
        clips = session.execute(
            select(ClipRecord.state, ClipRecord.priority, func.count())
            .where(ClipRecord.state.in_(_UNFINISHED))
            .group_by(ClipRecord.state, ClipRecord.priority)
        ).all()
        oldest = session.execute(
            select(func.min(ClipRecord.created_at)).where(ClipRecord.state == "waiting")
        ).scalar_one()
        workers = session.scalars(select(WorkerProcess)).all()
        deliveries = session.execute(
            select(WebhookDelivery.state, func.count())
            .where(WebhookDelivery.state.in_(("waiting", "failed")))
            .group_by(WebhookDelivery.state)
        ).all()
        uploads = session.execute(select(func.count()).select_from(Upload)).scalar_one()
        models = session.execute(
            select(ModelVersion.task, ModelVersion.version, ModelVersion.state)
            .where(ModelVersion.state.in_(("active", "shadow")))
        ).all()  # fmt: skip
        now = datetime.now(UTC)
        for state, priority, count in clips:
            families["tingzhen_queue_clips"].add_metric([state, str(priority)], count)
        age_s = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
        families["tingzhen_queue_oldest_seconds"].add_metric([], age_s)
        silence = timedelta(seconds=self._settings.worker_silence_s)
        states = [worker_state(worker, now, silence) for worker in workers]
        for name in ("alive", "stopping", "silent"):
            families["tingzhen_workers"].add_metric([name], states.count(name))
        counted = {str(name): count for name, count in deliveries}
        for name in ("waiting", "failed"):
            families["tingzhen_webhook_deliveries"].add_metric([name], counted.get(name, 0))
        families["tingzhen_uploads_open"].add_metric([], uploads)
        for task, version, use in models:
            families["tingzhen_model_info"].add_metric([task, version, use], 1)


def worker_state(worker: WorkerProcess, now: datetime, silence: timedelta) -> str:
    """alive, stopping or silent, by the clock of whoever looks."""
    if now - worker.beat_at > silence:
        return "silent"
    return "stopping" if worker.stopping else "alive"


def _families() -> dict[str, GaugeMetricFamily]:
    described: list[tuple[str, str, tuple[str, ...]]] = [
        ("tingzhen_build_info", "The version that answers.", ("version",)),
        ("tingzhen_records_up", "Whether the database of the service could be read.", ()),
        ("tingzhen_queue_clips", "Clips that are not finished.", ("state", "priority")),
        ("tingzhen_queue_oldest_seconds", "Age of the clip that has waited longest.", ()),
        ("tingzhen_queue_limit", "Clips that may wait.", ()),
        ("tingzhen_workers", "Worker processes.", ("state",)),
        ("tingzhen_webhook_deliveries", "Deliveries not done.", ("state",)),
        ("tingzhen_uploads_open", "Resumable uploads that are under way.", ()),
        ("tingzhen_model_info", "Models that work.", ("task", "version", "state")),
        ("tingzhen_data_free_bytes", "Room on the disk of the data folder.", ()),
    ]
    return {name: GaugeMetricFamily(name, text, labels=labels) for name, text, labels in described}


def _free_bytes(folder: Path) -> int | None:
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize
