"""From a received file to an acknowledged clip: file, record and job, safe before this returns."""

import hashlib
import json
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from tingzhen.diagnosis import Circumstances
from tingzhen.errors import IdempotencyKeyReused, TingzhenError
from tingzhen.language import Text
from tingzhen.serving.records import (
    ClipRecord,
    IdempotencyKey,
    add_clip,
    append_event,
    clip,
    file_used,
    lock_file,
    lock_name,
    reading,
    writing,
)
from tingzhen.serving.service import Service
from tingzhen.serving.uploads.incoming import Received


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClip:
    """What is said of a clip that is sent. label: the sender's file name. priority: smaller goes
    first. key: of Idempotency-Key."""

    owner: str
    label: str
    circumstances: Circumstances
    workshop: str | None = None
    priority: int = 0
    deadline_at: datetime | None = None
    key: str | None = None
    clip_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def digest(self, sha256: str) -> str:
        """Of everything that makes two requests the same (SHA-256, hexadecimal)."""
        said = [sha256, self.label, self.workshop, self.circumstances.model_dump(mode="json")]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Accepted:
    """replayed: the clip was there already, from an earlier request with the same key."""

    clip_id: str
    replayed: bool


def accept(service: Service, received: Received, new: NewClip) -> Accepted:
    """Keep the file (once, whoever sends it), the record and the first event, and start the job.

    Asked again with the same key, or for the same finished upload, it gives the same clip. Raises
    IdempotencyKeyReused, StorageFull, FilesUnavailable, RecordsUnavailable, and what starting the
    job raises; then nothing is acknowledged, and asking again is safe.
    """
    earlier = _earlier(service, new, received.sha256)
    if earlier is None:
        file_key = service.files.keep_original(received.path, received.sha256)
        try:
            earlier = _record(service, received, new, file_key)
        except TingzhenError:
            with suppress(TingzhenError):
                drop_unused(service, file_key)
            raise
        # Whoever deleted the last other clip with this content may have removed the file since.
        service.files.keep_original(received.path, received.sha256)
    clip_id = earlier or new.clip_id
    start(service, clip_id)
    return Accepted(clip_id, replayed=earlier is not None)


def drop_unused(service: Service, file_key: str) -> None:
    """Remove an original that no clip has."""
    with writing(service.records) as session:
        lock_file(session, file_key)
        if not file_used(session, file_key):
            service.files.delete(file_key)


def _earlier(service: Service, new: NewClip, sha256: str) -> str | None:
    with reading(service.records) as session:
        return _known(session, new, sha256)


def _record(service: Service, received: Received, new: NewClip, file_key: str) -> str | None:
    """None when the clip is new, else the id of the one that came first with the same key."""
    now = datetime.now(UTC)
    vehicle = new.circumstances.vehicle
    with writing(service.records) as session:
        lock_name(session, f"accept:{new.owner}:{new.key or new.clip_id}")
        earlier = _known(session, new, received.sha256)
        if earlier is not None:
            return earlier
        lock_file(session, file_key)
        add_clip(session, ClipRecord(
            id=new.clip_id, owner=new.owner, workshop=new.workshop, created_at=now,
            label=new.label, sha256=received.sha256, size_bytes=received.size_bytes,
            file_key=file_key, make=vehicle.make, model=vehicle.model,
            circumstances=new.circumstances.model_dump_json(exclude_none=True),
            priority=new.priority, deadline_at=new.deadline_at,
        ))  # fmt: skip
        if new.key is not None:
            session.add(IdempotencyKey(
                owner=new.owner, key=new.key, clip_id=new.clip_id,
                request_digest=new.digest(received.sha256), created_at=now,
            ))  # fmt: skip
        append_event(session, new.clip_id, "accepted", {"bytes": received.size_bytes}, at=now)
    return None


def _known(session: Session, new: NewClip, sha256: str) -> str | None:
    if session.get(ClipRecord, new.clip_id) is not None:
        return new.clip_id  # a resumable upload that was finished before
    found = session.get(IdempotencyKey, (new.owner, new.key)) if new.key is not None else None
    if found is None:
        return None
    if found.request_digest != new.digest(sha256):
        raise IdempotencyKeyReused(
            Text("这个 Idempotency-Key 已用于另一次上传。请为新的上传换一个键。",
                 "This Idempotency-Key came with another upload before. Use a new key for a new "
                 "upload.")
        )  # fmt: skip
    return found.clip_id


def start(service: Service, clip_id: str) -> None:
    """Begin the clip's job unless it began: an earlier request may have been cut short between
    record and job. Raises ClipUnknown."""
    with reading(service.records) as session:
        record = clip(session, clip_id)
    if record.state == "waiting":
        service.submit(clip_id, priority=record.priority, owner=record.owner)
