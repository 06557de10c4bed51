"""All that is kept of one owner, as one ZIP file with a manifest.

manifest.json                  what is in it: clips, and every file with its size and SHA-256
clips/<id>/clip.json           the record: label, times, circumstances, state, models, events
clips/<id>/report.zh.json, report.en.json
clips/<id>/files/...           frames, spectrogram and sound, as they may be shown
clips/<id>/original            as it was sent, where asked for and still kept
clips/<id>/sessions/<id>.json  guided sessions about the clip
account.json                   tokens (no secrets), unfinished uploads, webhooks (no secrets)
audit.jsonl                    what the owner did, and what was done to the owner's clips
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tingzhen.diagnosis.troubleshooting.session_log import SessionLog
from tingzhen.errors import ClipFileUnknown, ExportUnwritable, FileMissing, OwnerUnknown
from tingzhen.language import LANGUAGES, Text
from tingzhen.serving.clip_files import ensure_shown
from tingzhen.serving.files import clip_prefix
from tingzhen.serving.privacy.sessions import opened_log
from tingzhen.serving.records import (
    AccessToken,
    AuditEntry,
    Base,
    ClipRecord,
    Upload,
    Webhook,
    events_after,
    reading,
)
from tingzhen.serving.service import Service

SCHEMA: Final = "tingzhen.export/1"
_SECRETS: Final = frozenset({"secret_hash", "secret", "secret_before", "path", "file_key"})
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
    """Write the file, which must not be there. originals: the clips as they were sent too, in which
    voices, faces and plates are as they were.

    Raises OwnerUnknown where nothing is kept of the subject, ExportUnwritable, RecordsUnavailable,
    FilesUnavailable, SessionUnavailable.
    """
    with reading(service.records) as session:
        clips = list(
            session.scalars(
                select(ClipRecord)
                .where(ClipRecord.owner == subject)
                .order_by(ClipRecord.created_at)
            )
        )
        account = _account(session, subject)
        audit = _audit(session, subject, [clip.id for clip in clips])
    if not clips and not audit and not any(account.values()):
        raise OwnerUnknown(
            Text(f"没有保存 {subject} 的任何数据。请核对标识（tingzhen token list）。",
                 f"Nothing is kept of {subject}. Check the key (tingzhen token list).")
        )  # fmt: skip
    with _written(file) as archive, opened_log(service.settings) as sessions:
        for clip in clips:
            _add_clip(service, sessions, archive, clip, originals=originals)
        archive.add_json("account.json", account)
        lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in audit)
        archive.add("audit.jsonl", [lines.encode()])
        entries = dict(archive.entries)
        archive.add_json(
            "manifest.json",
            {
                "schema": SCHEMA, "subject": subject, "made_at": datetime.now(UTC).isoformat(),
                "clips": [clip.id for clip in clips], "files": entries,
            },
        )  # fmt: skip
    return Exported(len(clips), len(entries), file.stat().st_size)


@dataclass
class _Archive:
    zip: ZipFile
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, content: Iterable[bytes], how: int = ZIP_DEFLATED) -> None:
        """Write piece by piece; never a whole clip in memory."""
        digest, size = hashlib.sha256(), 0
        self.zip.compression = how
        with self.zip.open(name, "w", force_zip64=True) as entry:
            for piece in content:
                entry.write(piece)
                digest.update(piece)
                size += len(piece)
        self.entries[name] = {"bytes": size, "sha256": digest.hexdigest()}

    def add_json(self, name: str, value: object) -> None:
        self.add(name, [json.dumps(value, ensure_ascii=False, indent=1).encode()])


@contextmanager
def _written(file: Path) -> Iterator[_Archive]:
    """A new ZIP file, for its owner alone; nothing of it is left where writing fails."""
    try:
        handle = file.open("xb")
    except OSError as error:
        raise _unwritable(file, error) from error
    try:
        file.chmod(0o600)
        with handle, ZipFile(handle, "w") as archive:
            yield _Archive(archive)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise _unwritable(file, error) from error
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _add_clip(
    service: Service,
    sessions: SessionLog,
    archive: _Archive,
    clip: ClipRecord,
    *,
    originals: bool,
) -> None:
    folder = f"clips/{clip.id}"
    with reading(service.records) as session:
        events = events_after(session, clip_id=clip.id, limit=_EVENTS)
    about = _row(clip, without=_SECRETS | _IN_OTHER_FILES)
    about["circumstances"] = json.loads(clip.circumstances)
    about["events"] = [{"kind": e.kind, "at": e.at.isoformat(), "data": e.data} for e in events]
    archive.add_json(f"{folder}/clip.json", about)
    for language in LANGUAGES:
        report = clip.report(language)
        if report is not None:
            archive.add(f"{folder}/report.{language}.json", [report.encode()])
    with suppress(ClipFileUnknown, FileMissing):  # no report yet, or its original is gone
        ensure_shown(service, clip)
    prefix = clip_prefix(clip.id)
    for shown in list(service.files.files(prefix)):
        name = f"{folder}/files/{shown.key.removeprefix(prefix)}"
        archive.add(name, service.files.stream(shown.key)[1], ZIP_STORED)
    if originals and service.files.exists(clip.file_key):
        archive.add(f"{folder}/original", service.files.stream(clip.file_key)[1], ZIP_STORED)
    for session_id in sessions.ids_of_clip(clip.id):
        kept = asdict(sessions.read(session_id))
        archive.add_json(f"{folder}/sessions/{session_id}.json", _plain(kept))


def _account(session: Session, subject: str) -> dict[str, list[dict[str, Any]]]:
    tokens = session.scalars(select(AccessToken).where(AccessToken.subject == subject))
    uploads = session.scalars(select(Upload).where(Upload.owner == subject))
    webhooks = session.scalars(select(Webhook).where(Webhook.owner == subject))
    return {
        "tokens": [_row(row) for row in tokens],
        "uploads": [_row(row) for row in uploads],
        "webhooks": [_row(row) for row in webhooks],
    }


def _audit(session: Session, subject: str, clip_ids: list[str]) -> list[dict[str, Any]]:
    """What the subject did, and what others did to the clips; others' subjects are left out."""
    found: dict[int, AuditEntry] = {}
    pages = [clip_ids[start : start + 500] for start in range(0, len(clip_ids), 500)] or [[]]
    for page in pages:
        about = or_(AuditEntry.subject == subject, AuditEntry.object_id.in_(page))
        found |= {entry.seq: entry for entry in session.scalars(select(AuditEntry).where(about))}
    lines = []
    for seq in sorted(found):
        line = _row(found[seq])
        if line["subject"] != subject:
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
