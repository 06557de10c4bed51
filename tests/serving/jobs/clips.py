"""Clips put into a service without HTTP, and what became of them."""

import hashlib
import io
import shutil
import time
import uuid
import wave
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.serving.records import (
    ENDED,
    ClipRecord,
    add_clip,
    append_event,
    clip,
    events_after,
    reading,
    writing,
)
from tingzhen.serving.service import Service


def wav(samples: NDArray[np.floating[Any]]) -> bytes:
    """Mono, 16 kHz, 16 bit."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return file.getvalue()


def keep_clip(service: Service, path: Path, **more: Any) -> str:
    """File and record, safe, and no job yet."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    incoming = service.settings.data_dir / uuid.uuid4().hex
    shutil.copyfile(path, incoming)
    key = service.files.keep_original(incoming, digest)
    incoming.unlink()
    clip_id, now = uuid.uuid4().hex, datetime.now(UTC)
    with writing(service.records) as session:
        add_clip(session, ClipRecord(**{
            "id": clip_id, "owner": "anna", "created_at": now, "label": path.name,
            "sha256": digest, "size_bytes": len(content), "file_key": key, **more,
        }))  # fmt: skip
        append_event(session, clip_id, "accepted", {"bytes": len(content)}, at=now)
    return clip_id


def hand_in(service: Service, path: Path, **more: Any) -> str:
    clip_id = keep_clip(service, path, **more)
    service.submit(clip_id, priority=more.get("priority", 0), owner=more.get("owner", "anna"))
    return clip_id


def record(service: Service, clip_id: str) -> ClipRecord:
    with reading(service.records) as session:
        return clip(session, clip_id)


def ended(service: Service, clip_ids: list[str], within_s: float = 60.0) -> list[ClipRecord]:
    """The clips when all of them have ended; fails where one has not in time."""
    deadline = time.monotonic() + within_s
    while True:
        records = [record(service, clip_id) for clip_id in clip_ids]
        open_ = [one.id for one in records if one.state not in ENDED]
        if not open_:
            return records
        assert time.monotonic() < deadline, f"{len(open_)} of {len(records)} have not ended"
        time.sleep(0.05)


def kinds(service: Service, clip_id: str) -> Counter[str]:
    """How often each kind of event was told of the clip; steps by their name."""
    with reading(service.records) as session:
        events = events_after(session, clip_id=clip_id)
    return Counter(str(event.data.get("step", event.kind)) for event in events)
