"""What the service keeps of a clip: its file, the circumstances, and the report in each language.

Blocking; call it in worker threads.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tingzhen.bundle import ModelInfo
from tingzhen.diagnosis import Circumstances
from tingzhen.language import LANGUAGES, Language
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.records import (
    ANONYMOUS,
    ClipRecord,
    add_clip,
    clip,
    lock_file,
    reading,
    unknown_clip,
    writing,
)
from tingzhen.serving.report import build_report, printable
from tingzhen.serving.service import Service


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report as it is kept: JSON text of the fixed object."""

    clip_id: str
    report_json: str

    def diagnosis_json(self) -> str:
        return json.dumps(json.loads(self.report_json)["diagnosis"], ensure_ascii=False)


class Archive:
    """Clips kept by the service; safe to use from several threads."""

    def __init__(self, service: Service) -> None:
        """Makes the folder for uploads where it is missing. Raises OSError."""
        self._service = service
        self.incoming = service.settings.data_dir / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)
        for left_over in self.incoming.iterdir():
            left_over.unlink()  # an upload that a stop cut short; nobody was told that it is kept

    def keep(self, analysis: Analysis, file: Path) -> str:
        """Keep the file and its reports; the file first, so that no record lacks its file.

        Returns the new clip's id: 32 hexadecimal digits that cannot be guessed. Raises
        RecordsUnavailable, FilesUnavailable, StorageFull.
        """
        reports = {lang: build_report(analysis, lang) for lang in LANGUAGES}
        vehicle, now = analysis.circumstances.vehicle, datetime.now(UTC)
        files = self._service.files
        record = ClipRecord(
            id=uuid.uuid4().hex,
            owner=ANONYMOUS,
            created_at=now,
            label=printable(analysis.clip.name),
            kind=analysis.clip.kind,
            sha256=analysis.clip.sha256,
            size_bytes=analysis.clip.bytes,
            file_key=files.keep_original(file, analysis.clip.sha256),
            circumstances=analysis.circumstances.model_dump_json(exclude_none=True),
            make=vehicle.make,
            model=vehicle.model,
            state="done",
            attempts=1,
            report_zh=reports["zh"].to_json(),
            report_en=reports["en"].to_json(),
            noise_verdict=reports["en"].noise.verdict,
            damage_verdict=reports["en"].damage.verdict,
            noise_model=_named(analysis.noise_model),
            damage_model=_named(analysis.damage_model),
            finished_at=now,
        )
        with writing(self._service.records) as session:
            lock_file(session, record.file_key)
            if not files.exists(record.file_key):
                files.put(record.file_key, file)  # the last other clip with it was just deleted
            add_clip(session, record)
        return record.id

    def report(self, clip_id: str, language: Language) -> KeptReport:
        """The kept report. Raises ClipUnknown, also while there is none; RecordsUnavailable."""
        with reading(self._service.records) as session:
            report = clip(session, clip_id).report(language)
        if report is None:
            raise unknown_clip()
        return KeptReport(clip_id, report)

    def circumstances(self, clip_id: str) -> Circumstances:
        """Those that the clip was sent with. Raises ClipUnknown, RecordsUnavailable."""
        with reading(self._service.records) as session:
            return Circumstances.model_validate_json(clip(session, clip_id).circumstances)


def _named(model: ModelInfo) -> str:
    return f"{model.name} {model.version} {model.sha256}"
