"""What every process of the service works with: settings, records and files."""

from dataclasses import dataclass

from sqlalchemy import Engine

from tingzhen.serving.files import FileStore, open_files
from tingzhen.serving.records import open_records
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """records: see `tingzhen.serving.records`; files: originals and what was made of clips."""

    settings: Settings
    records: Engine
    files: FileStore

    def close(self) -> None:
        self.records.dispose()


def build_service(settings: Settings) -> Service:
    """Open the database, brought up to date, and the file store.

    Raises RecordsUnavailable, FilesUnavailable, StorageFull.
    """
    records = open_records(settings.records_url())
    upgrade_records(records)
    files = open_files(
        settings.files_location(), s3_endpoint=settings.s3_endpoint, s3_region=settings.s3_region
    )
    return Service(settings, records, files)
