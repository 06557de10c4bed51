"""Where a service keeps what it has, with a bit of everything in it."""

from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, select, update

from tests.serving.records.example_clips import START, example_clip
from tingzhen.diagnosis.cases import CaseRecord
from tingzhen.diagnosis.cases.tables import CASES
from tingzhen.diagnosis.experience.tables import STATEMENTS
from tingzhen.serving.cases.in_use import open_store, vehicle_secret
from tingzhen.serving.files import FileStore, open_files
from tingzhen.serving.migrations.trees import metadata_of
from tingzhen.serving.records import (
    AccessToken,
    ClipCorrection,
    ClipFrame,
    ClipVideo,
    Upload,
    Webhook,
    WebhookDelivery,
    WorkerProcess,
    add_clip,
    add_frames,
    append_event,
    open_records,
    writing,
)
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.settings import Settings

STATES = ("done", "running", "waiting", "failed")


def store_of(settings: Settings) -> FileStore:
    return open_files(
        settings.files_location(), s3_endpoint=settings.s3_endpoint, s3_region=settings.s3_region
    )


def content_of(number: int) -> bytes:
    return f"clip {number} 听".encode() * 1000


def fill(settings: Settings) -> None:
    """Four clips with events, frames and files, two cases, a rule, a token, a webhook."""
    records, files = open_records(settings.records_url()), store_of(settings)
    upgrade_records(records)
    with writing(records) as session:
        for number, state in enumerate(STATES):
            digest = sha256(content_of(number)).hexdigest()
            key = f"originals/{digest[:2]}/{digest}"
            files.put_bytes(key, content_of(number))
            files.put_bytes(f"clips/{number:032x}/frame-0.jpg", b"picture")
            add_clip(
                session,
                example_clip(
                    number, state=state, sha256=digest, file_key=key, make="比亚迪",
                    finished_at=datetime(2026, 3, 2, tzinfo=UTC) if state == "done" else None,
                ),
            )  # fmt: skip
            frame = ClipFrame(clip_id=f"{number:032x}", number=0, time_s=0.1, file_key="k")
            add_frames(session, [frame])
            session.add(ClipVideo(clip_id=f"{number:032x}", file_key="v", size_bytes=2))
            session.add(
                ClipCorrection(
                    id=f"{number:032x}", clip_id=f"{number:032x}", made_at=START, author="t1",
                    role="technician", kind="missed_noise", task="noise", type="squeal",
                    start_s=0.25, end_s=0.75, low_hz=1000.5, high_hz=2000.0, note="冷车",
                )
            )  # fmt: skip
            append_event(session, f"{number:032x}", "accepted", {"名": [1, None, 0.1]}, at=START)
        session.add(
            AccessToken(id="t" * 32, subject="ann", role="owner", secret_hash="h", created_at=START)  # noqa: S106 - no secret
        )
        session.add(
            Webhook(id="w" * 32, owner="ann", url="https://x", secret="s", created_at=START)  # noqa: S106 - no secret
        )
        session.flush()
        session.add(WebhookDelivery(id="d" * 32, webhook_id="w" * 32, event_seq=1, next_at=START))
        session.add(Upload(id="u" * 32, owner="ann", size_bytes=1, expires_at=START, path="/x"))
        session.add(
            WorkerProcess(
                executor_id="e", host="h", pid=1, version="v", started_at=START, beat_at=START
            )
        )
    records.dispose()
    files.put_bytes("models/noise/2/model.onnx", b"network")
    _fill_cases(settings)
    vehicle_secret(settings)


def _fill_cases(settings: Settings) -> None:
    store = open_store(settings.cases_url())
    store.keep(
        [
            CaseRecord(
                id=name, opened_on=date(2026, 2, 3), source="import", mileage_km=1.5,
                noises={"squeal": 0.75}, sound_embedding=np.arange(4, dtype=np.float32),
                fixed_first_time=True,
            )
            for name in ("first", "second")
        ]
    )  # fmt: skip
    with store.writing() as connection:
        # The earlier case is told by the later one, as when an order is corrected.
        connection.execute(update(CASES).where(CASES.c.id == "first").values(duplicate_of="second"))
        connection.execute(
            insert(STATEMENTS), [{"rule_id": "r1", "author": "ann", "statement": "{}"}]
        )
    store.close()


def rows(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Every row of both databases, as the code reads them, but for what is of one machine."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, url in (("records", settings.records_url()), ("cases", settings.cases_url())):
        engine = open_records(url)
        with engine.connect() as connection:
            for metadata in metadata_of(name):  # type: ignore[arg-type]
                for table in metadata.sorted_tables:
                    if table.name in ("uploads", "workers"):
                        continue
                    query = select(table).order_by(*table.primary_key.columns)
                    found[table.name] = [
                        {key: _plain(value) for key, value in row.items()}
                        for row in connection.execute(query).mappings()
                    ]
        engine.dispose()
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def contents(settings: Settings) -> dict[str, bytes]:
    files = store_of(settings)
    return {file.key: files.read(file.key) for file in files.files()}


def new_place(folder: Path, **more: Any) -> Settings:
    return Settings(data_dir=folder, **more)
