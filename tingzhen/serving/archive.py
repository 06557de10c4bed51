"""What the service keeps of a clip: its file, the circumstances, and the report in each language.

Records are in a SQLite database (SQLAlchemy), files in a folder (obstore), both under the data
folder, so that a restart loses nothing. Blocking; call it in worker threads.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import obstore
from obstore.store import LocalStore
from sqlalchemy import DateTime, String, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from tingzhen.diagnosis import Circumstances
from tingzhen.errors import ClipUnknown
from tingzhen.language import LANGUAGES, Language, Text
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.report import build_report, printable


class _Base(DeclarativeBase):
    pass


class ClipRecord(_Base):
    """One clip that was analysed. label: the uploader's file name, never used as a path."""

    __tablename__ = "clips"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    label: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int]
    file_key: Mapped[str]
    circumstances: Mapped[str]
    report_zh: Mapped[str]
    report_en: Mapped[str]

    def report(self, language: Language) -> str:
        return self.report_zh if language == "zh" else self.report_en


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report as it is kept: JSON text of the fixed object."""

    clip_id: str
    report_json: str

    def diagnosis_json(self) -> str:
        return json.dumps(json.loads(self.report_json)["diagnosis"], ensure_ascii=False)


class Archive:
    """Clips kept under one folder; safe to use from several threads."""

    def __init__(self, data_dir: Path) -> None:
        """Makes the folder and the tables where they are missing. Raises OSError."""
        self.incoming = data_dir / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)
        for left_over in self.incoming.iterdir():
            left_over.unlink()  # an upload that a stop cut short; nobody was told that it is kept
        files = data_dir / "files"
        files.mkdir(exist_ok=True)
        self._files = LocalStore(files)
        self._engine = _engine(data_dir / "records.sqlite3")
        _Base.metadata.create_all(self._engine)

    def keep(self, analysis: Analysis, file: Path) -> str:
        """Keep the file and its reports; the file first, so that no record lacks its file.

        Returns the new clip's id: 32 hexadecimal digits that cannot be guessed.
        """
        clip_id = uuid.uuid4().hex
        key = f"clips/{clip_id}/original"
        obstore.put(self._files, key, file)
        reports = {lang: build_report(analysis, lang).to_json() for lang in LANGUAGES}
        record = ClipRecord(
            id=clip_id,
            created_at=datetime.now(UTC),
            label=printable(analysis.clip.name),
            sha256=analysis.clip.sha256,
            size_bytes=analysis.clip.bytes,
            file_key=key,
            circumstances=analysis.circumstances.model_dump_json(exclude_none=True),
            report_zh=reports["zh"],
            report_en=reports["en"],
        )
        with Session(self._engine) as session, session.begin():
            session.add(record)
        return clip_id

    def report(self, clip_id: str, language: Language) -> KeptReport:
        """The kept report. Raises ClipUnknown."""
        with Session(self._engine) as session:
            return KeptReport(clip_id, _known(session, clip_id).report(language))

    def circumstances(self, clip_id: str) -> Circumstances:
        """Those that the clip was sent with. Raises ClipUnknown."""
        with Session(self._engine) as session:
            return Circumstances.model_validate_json(_known(session, clip_id).circumstances)

    def close(self) -> None:
        self._engine.dispose()


def _known(session: Session, clip_id: str) -> ClipRecord:
    record = session.get(ClipRecord, clip_id)
    if record is None:
        raise ClipUnknown(
            Text(
                "没有这个编号的记录，请核对链接。", "No clip with that id is kept. Check the link."
            )
        )
    return record


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        # Readers go on while one writes, and what was committed outlives a power cut.
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.close()

    return engine
