"""Tables of cases and imports, and the engine that they live in: SQLite, or Postgres.

Small, with every constraint named, so that a later migration can find them.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
)
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Facts of the database itself: "database_id" tells an index which database it was made from.
FACTS = Table(
    "case_facts", METADATA,
    Column("name", String(32), primary_key=True),
    Column("value", String(200), nullable=False),
)  # fmt: skip

# One row for a file that was imported with a mapping. records_done grows with each transaction of
# the import, so that it goes on where a stop left it.
IMPORTS = Table(
    "case_imports", METADATA,
    Column("id", String(32), primary_key=True),
    Column("file_sha256", String(64), nullable=False),
    Column("mapping_sha256", String(64), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("records_done", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("repeated", Integer, nullable=False),
    Column("replaced", Integer, nullable=False),
    Column("alike", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    UniqueConstraint("file_sha256", "mapping_sha256"),
)  # fmt: skip

# Records that could not be taken, by their place in the file. Their content stays there alone: it
# may hold names and VINs.
REJECTED = Table(
    "case_rejected", METADATA,
    Column("import_id", ForeignKey("case_imports.id"), primary_key=True),
    Column("record_number", Integer, primary_key=True),
    Column("line", Integer, nullable=False),
    Column("start_byte", BigInteger, nullable=False),
    Column("end_byte", BigInteger, nullable=False),
    Column("reason_zh", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
)  # fmt: skip

# fingerprint: of the content. order_key: of workshop and order number, else of the id.
# duplicate_of: the case that counts in place of this one; duplicate_why: "same_order" or "alike".
# month: year * 12 + month - 1. noises, damages: JSON objects. Embeddings: float32, little-endian.
CASES = Table(
    "cases", METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("order_key", String(64), nullable=False),
    Column("duplicate_of", ForeignKey("cases.id")),
    Column("duplicate_why", String(16)),
    Column("import_id", ForeignKey("case_imports.id")),
    Column("record_number", Integer),
    Column("month", Integer, nullable=False),
    Column("season", String(8), nullable=False),
    Column("mileage_band", Integer),
    Column("opened_on", Date, nullable=False),
    Column("source", String(16), nullable=False),
    Column("number", Text),
    Column("make", Text),
    Column("model", Text),
    Column("year", Integer),
    Column("powertrain", String(16)),
    Column("mileage_km", Float),
    Column("region", Text),
    Column("ambient_c", Float),
    Column("humidity_pct", Float),
    Column("speed_kmh", Float),
    Column("when", Text, nullable=False),
    Column("complaint", Text),
    Column("codes", Text, nullable=False),
    Column("noises", Text),
    Column("damages", Text),
    Column("sound_embedding", LargeBinary),
    Column("picture_embedding", LargeBinary),
    Column("fault", Text),
    Column("fault_text", Text),
    Column("none_of_these", Boolean(create_constraint=False), nullable=False),
    Column("repair", Text),
    Column("minutes", Float),
    Column("cost_cny", Float),
    Column("fixed_first_time", Boolean(create_constraint=False)),
    Column("vehicle_key", String(64)),
    Column("workshop", Text),
    UniqueConstraint("id"),
    Index("ix_cases_order_key", "order_key"),
    Index("ix_cases_vehicle_key", "vehicle_key"),
    # Counting runs inside the index alone.
    Index("ix_cases_counted", "duplicate_of", "fault", "month"),
    Index("ix_cases_model", "model", "duplicate_of", "fault"),
)  # fmt: skip

WRITES = {"tingzhen_writes": True}
"""Execution options of a connection that will write: one at a time, from the first look on."""
_WRITERS_LOCK = 0x74696E677A68656E  # "tingzhen"


def connect_database(url: str) -> Engine:
    """An engine for the URL. Raises sqlalchemy.exc.ArgumentError and what its driver raises."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "begin", _one_writer)
    return engine


def _durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the "begin" event opens transactions, not the driver
    cursor = connection.cursor()
    # Readers go on while one writes, and what was committed outlives a power cut.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # Reading first and writing later in one transaction fails when another wrote in between.
    writes = connection.get_execution_options().get("tingzhen_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _one_writer(connection: Connection) -> None:
    # As SQLite has it: whether a case is known is looked up before it is kept, and sequence numbers
    # become visible in their order, on which the index of similar cases relies.
    if connection.get_execution_options().get("tingzhen_writes", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")
