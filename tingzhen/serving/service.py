"""What every process of the service works with: settings, records, files and jobs."""

from dataclasses import dataclass

from sqlalchemy import Engine

from tingzhen.serving.clips.earlier import adopt_earlier_clips
from tingzhen.serving.files import FileStore, open_files
from tingzhen.serving.jobs.queue import JobQueue
from tingzhen.serving.records import open_records
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """records: see `tingzhen.serving.records`; files: originals and what was made of clips; jobs:
    hand clips in to be analysed, by the workers."""

    settings: Settings
    records: Engine
    files: FileStore
    jobs: JobQueue

    def submit(self, clip_id: str, *, priority: int = 0, owner: str = "") -> None:
        """Have a clip analysed whose record is kept; see `JobQueue.submit`."""
        self.jobs.submit(clip_id, priority=priority, owner=owner)

    def close(self) -> None:
        self.jobs.close()
        self.records.dispose()


def open_store_of(settings: Settings) -> FileStore:
    """The file store that the settings name. Raises FilesUnavailable, SettingsError."""
    return open_files(
        settings.files_location(), s3_endpoint=settings.s3_endpoint, s3_region=settings.s3_region
    )


def build_service(settings: Settings) -> Service:
    """Open the database, brought up to date, and the file store.

    Raises RecordsUnavailable, FilesUnavailable, StorageFull.
    """
    records = open_records(settings.records_url())
    upgrade_records(records)
    files = open_store_of(settings)
    if settings.database_url is not None:
        adopt_earlier_clips(settings.data_dir, records, files)
    return Service(settings, records, files, JobQueue(settings, records))
