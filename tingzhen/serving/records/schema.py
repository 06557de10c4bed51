"""The tables of the service, brought up to date."""

from sqlalchemy import Engine

from tingzhen.serving.migrations import upgrade
from tingzhen.serving.records.database import reported


def upgrade_records(records: Engine) -> None:
    """Migrate to the newest revision; processes that start at the same time take turns.

    Raises RecordsUnavailable, StorageFull, DatabaseNewer.
    """
    with reported():
        upgrade(records, "records")
