"""The tables of the service, made where they are missing."""

from sqlalchemy import Engine

from tingzhen.serving.records.base import Base
from tingzhen.serving.records.database import lock_name, writing


def upgrade_records(records: Engine) -> None:
    """Make the tables that are missing; processes that start at the same time take turns.

    Raises RecordsUnavailable.
    """
    with writing(records) as session:
        lock_name(session, "schema")
        Base.metadata.create_all(session.connection())
