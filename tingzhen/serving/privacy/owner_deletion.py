"""All that is kept of one owner, deleted for good."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import InstrumentedAttribute

from tingzhen.errors import ClipUnknown
from tingzhen.serving.clips.deletion import SessionsOfClips, delete_for_good
from tingzhen.serving.records import (
    AccessToken,
    Base,
    ClipRecord,
    IdempotencyKey,
    PageSession,
    Reanalysis,
    Upload,
    Webhook,
    reading,
    writing,
)
from tingzhen.serving.service import Service
from tingzhen.serving.uploads import resumable

ROWS: Final[Mapping[type[Base], InstrumentedAttribute[Any]]] = {
    IdempotencyKey: IdempotencyKey.owner,
    PageSession: PageSession.subject,
    Reanalysis: Reanalysis.asked_by,
    Webhook: Webhook.owner,
}
"""Tables whose rows simply go, and the column that says whose they are."""
_AT_ONCE: Final = 100


def delete_owner(service: Service, sessions: SessionsOfClips, subject: str) -> None:
    """Clips with all that is kept of them, unfinished uploads, webhooks, re-analyses; the owner's
    tokens are taken back last, so that a deletion that was cut short can be asked for again.

    What stays: the log of who did what, for its time, and tokens that open nothing, both with the
    subject's key. Raises RecordsUnavailable, FilesUnavailable, SessionUnavailable,
    CasesUnavailable.
    """
    while clips := _some_clips(service, subject):
        for record in clips:
            with suppress(ClipUnknown):
                delete_for_good(service, sessions, record)
    with reading(service.records) as session:
        uploads = list(session.scalars(select(Upload.id).where(Upload.owner == subject)))
    for upload_id in uploads:
        resumable.end(service, upload_id)
    now = datetime.now(UTC)
    with writing(service.records) as session:
        for table, whose in ROWS.items():
            session.execute(delete(table).where(whose == subject))
        own = AccessToken.subject == subject
        session.execute(update(AccessToken).where(own).values(note=""))
        session.execute(
            update(AccessToken).where(own, AccessToken.revoked_at.is_(None)).values(revoked_at=now)
        )


def _some_clips(service: Service, subject: str) -> list[ClipRecord]:
    with reading(service.records) as session:
        query = select(ClipRecord).where(ClipRecord.owner == subject).limit(_AT_ONCE)
        return list(session.scalars(query))
