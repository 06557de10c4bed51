"""All that is kept of one owner, as one ZIP file with a manifest, made piece by piece.

manifest.json                  what is in it: clips, and every file with its size and SHA-256
clips/<id>/clip.json           the record: label, times, circumstances, state, models, events,
                               corrections
clips/<id>/report.zh.json, report.en.json
clips/<id>/reports/<version>.zh.json, <version>.en.json  earlier ones
clips/<id>/files/...           frames, spectrogram, sound and video, as they may be shown
clips/<id>/original            as it was sent, where asked for and still kept
clips/<id>/sessions/<id>.json  guided sessions about the clip
account.json                   tokens (no secrets), unfinished uploads, webhooks (no secrets),
                               re-analyses that were asked for
audit.jsonl                    what the owner did, and what was done to the owner's clips
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tingzhen.diagnosis.troubleshooting.session_log import SessionLog
from tingzhen.errors import ClipFileUnknown, ExportUnwritable, FileMissing, OwnerUnknown
from tingzhen.language import LANGUAGES, Text
from tingzhen.serving.access.caller import key_of
from tingzhen.serving.clips.files import ensure_shown
from tingzhen.serving.files import clip_prefix
from tingzhen.serving.privacy.sessions import opened_log
from tingzhen.serving.privacy.zip_pieces import ZipPieces
from tingzhen.serving.records import (
    AccessToken,
    AuditEntry,
    Base,
    ClipRecord,
    Reanalysis,
    Upload,
    Webhook,
    corrections_of,
    earlier_reports,
    events_after,
    labels_of,
    reading,
)
from tingzhen.serving.service import Service

SCHEMA: Final = "tingzhen.export/1"
_SECRETS: Final = frozenset({"secret_hash", "secret", "secret_before", "path", "file_key"})
_OF_OTHERS: Final = frozenset({"author", "workshop"})
"""Who corrected the machine is not the owner's to know."""
_IN_OTHER_FILES: Final = frozenset(
    {"report_zh", "report_en", "masked_sound_key", "spectrogram_key"}
)
_EVENTS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    clips: int
    files: int
    size_bytes: int


def export_owner(
    service: Service, subject: str, file: Path, *, originals: bool = False
) -> Exported:
    """Write the file, which must not be there; nothing of it is left where that fails.

    Raises as `export_of` does, ExportUnwritable, FilesUnavailable, SessionUnavailable.
    """
    export = export_of(service, subject, originals=originals)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise _unwritable(file, error) from error
    try:
        with os.fdopen(handle, "wb") as written:
            for piece in export.pieces():
                written.write(piece)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise _unwritable(file, error) from error
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return Exported(len(export.clips), export.files, file.stat().st_size)


def export_of(service: Service, subject: str, *, originals: bool = False) -> "Export":
    """What to write of the subject. originals: the clips as they were sent too, in which voices,
    faces and plates are as they were.

    Raises OwnerUnknown where nothing is kept of the subject, RecordsUnavailable.
    """
    with reading(service.records) as session:
        clips = list(
            session.scalars(
                select(ClipRecord.id)
                .where(ClipRecord.owner == subject)
                .order_by(ClipRecord.created_at)
            )
        )
        account = _account(session, subject)
        audit = _audit(session, subject, clips)
    if not clips and not audit and not any(account.values()):
        raise OwnerUnknown(
            Text(f"没有保存 {subject} 的任何数据。请核对标识（tingzhen token list）。",
                 f"Nothing is kept of {subject}. Check the key (tingzhen token list).")
        )  # fmt: skip
    return Export(service, subject, clips, account, audit, originals)


@dataclass
class Export:
    """One owner's data. clips: their ids. files: how many were written, the manifest aside."""

    service: Service
    subject: str
    clips: list[str]
    account: dict[str, list[dict[str, Any]]]
    audit: list[dict[str, Any]]
    originals: bool
    files: int = 0

    def pieces(self) -> Iterator[bytes]:
        """The ZIP file, once. The manifest comes last: a file without it is not whole. A clip that
        is deleted meanwhile is left out. Raises RecordsUnavailable, FilesUnavailable,
        SessionUnavailable."""
        archive = ZipPieces()
        with opened_log(self.service.settings) as sessions:
            for clip_id in self.clips:
                yield from self._clip(sessions, archive, clip_id)
        yield from archive.add_json("account.json", self.account)
        lines = ((json.dumps(line, ensure_ascii=False) + "\n").encode() for line in self.audit)
        yield from archive.add("audit.jsonl", lines)
        entries = dict(archive.entries)
        self.files = len(entries)
        manifest = {
            "schema": SCHEMA, "subject": self.subject, "made_at": datetime.now(UTC).isoformat(),
            "clips": self.clips, "files": entries,
        }  # fmt: skip
        yield from archive.add_json("manifest.json", manifest)
        yield from archive.close()

    def _clip(self, sessions: SessionLog, archive: ZipPieces, clip_id: str) -> Iterator[bytes]:
        folder, files = f"clips/{clip_id}", self.service.files
        with reading(self.service.records) as session:
            clip = session.get(ClipRecord, clip_id)
            events = events_after(session, clip_id=clip_id, limit=_EVENTS)
            earlier = earlier_reports(session, clip_id)
            corrections = corrections_of(session, clip_id)
            labels = labels_of(session, clip_id)
        if clip is None:
            return
        about = _row(clip, without=_SECRETS | _IN_OTHER_FILES)
        about["circumstances"] = json.loads(clip.circumstances)
        about["events"] = [{"kind": e.kind, "at": e.at.isoformat(), "data": e.data} for e in events]
        about["corrections"] = [_row(correction, without=_OF_OTHERS) for correction in corrections]
        about["labels"] = [_row(label, without=_OF_OTHERS) for label in labels]
        yield from archive.add_json(f"{folder}/clip.json", about)
        for language in LANGUAGES:
            report = clip.report(language)
            if report is not None:
                yield from archive.add(f"{folder}/report.{language}.json", [report.encode()])
            for one in earlier:
                name = f"{folder}/reports/{one.version}.{language}.json"
                yield from archive.add(name, [one.report(language).encode()])
        with suppress(ClipFileUnknown, FileMissing):  # no report yet, or its original is gone
            ensure_shown(self.service, clip)
        prefix = clip_prefix(clip_id)
        for shown in list(files.files(prefix)):
            name = f"{folder}/files/{shown.key.removeprefix(prefix)}"
            yield from archive.add_file(files, name, shown.key)
        if self.originals:
            yield from archive.add_file(files, f"{folder}/original", clip.file_key)
        for session_id in sessions.ids_of_clip(clip_id):
            kept = asdict(sessions.read(session_id))
            yield from archive.add_json(f"{folder}/sessions/{session_id}.json", _plain(kept))


def _account(session: Session, subject: str) -> dict[str, list[dict[str, Any]]]:
    tokens = session.scalars(select(AccessToken).where(AccessToken.subject == subject))
    uploads = session.scalars(select(Upload).where(Upload.owner == subject))
    webhooks = session.scalars(select(Webhook).where(Webhook.owner == subject))
    asked = session.scalars(select(Reanalysis).where(Reanalysis.asked_by == subject))
    return {
        "reanalyses": [_row(row) for row in asked],
        "tokens": [_row(row) for row in tokens],
        "uploads": [_row(row) for row in uploads],
        "webhooks": [_row(row) for row in webhooks],
    }


def _audit(session: Session, subject: str, clip_ids: list[str]) -> list[dict[str, Any]]:
    """What the subject did, and what others did to the clips; others' subjects are left out."""
    key = key_of(subject)
    found: dict[int, AuditEntry] = {}
    pages = [clip_ids[start : start + 500] for start in range(0, len(clip_ids), 500)] or [[]]
    for page in pages:
        about = or_(AuditEntry.subject == key, AuditEntry.object_id.in_([*page, key]))
        found |= {entry.seq: entry for entry in session.scalars(select(AuditEntry).where(about))}
    lines = []
    for seq in sorted(found):
        line = _row(found[seq])
        if line["subject"] != key:
            line["subject"] = "somebody else"
        lines.append(line)
    return lines


def _row(row: Base, without: frozenset[str] = _SECRETS) -> dict[str, Any]:
    names = [column.key for column in row.__mapper__.column_attrs if column.key not in without]
    plain: dict[str, Any] = _plain({name: getattr(row, name) for name in names})
    return plain


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _unwritable(file: Path, error: OSError) -> ExportUnwritable:
    reason = error.strerror or str(error)
    return ExportUnwritable(
        Text(f"无法写入 {file}：{reason}。请换一个尚不存在的文件名，或腾出空间。",
             f"{file} cannot be written: {reason}. Choose a file that is not there yet, or make "
             "room.")
    )  # fmt: skip
