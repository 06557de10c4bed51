"""Databases of cases from every landed version reach the newest revision and lose nothing."""

import pytest
from sqlalchemy import Engine, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from tests.postgres import on_both_databases
from tests.serving.migrations.landed_databases import make_landed, triggers
from tests.serving.migrations.missing import missing
from tingzhen.diagnosis.cases.tables import FACTS, connect_database
from tingzhen.diagnosis.experience.tables import STATEMENTS
from tingzhen.errors import CasesUnavailable
from tingzhen.serving.cases.in_use import open_store, upgrade_cases
from tingzhen.serving.migrations import revision, tree

# Each part made its tables when it was first used, so an earlier database may lack any of them.
HISTORY = [
    (),
    ("cases",),
    ("experience_1",),
    ("sessions",),
    ("cases", "experience_1", "sessions"),
    ("cases", "experience_2", "sessions"),
    ("cases", "experience_3", "sessions"),
]


@on_both_databases
@pytest.mark.parametrize("landed", HISTORY, ids=lambda parts: "+".join(parts) or "nothing")
def test_every_landed_database_gets_the_same_tables(
    database_url: str, landed: tuple[str, ...]
) -> None:
    make_landed(database_url, *landed)
    engine = connect_database(database_url)
    rule = {"rule_id": "r1", "author": "ann", "statement": "{}"}
    with engine.begin() as connection:
        if "cases" in landed:
            connection.execute(insert(FACTS), [{"name": "database_id", "value": "kept"}])
        if any(part.startswith("experience") for part in landed):
            connection.execute(insert(STATEMENTS), [rule])
    open_store(database_url).close()
    assert revision(engine, "cases") == tree("cases").head
    with engine.connect() as connection:
        assert missing(connection, "cases") == ""
        assert len(triggers(connection)) == (6 if engine.dialect.name == "sqlite" else 3)
        if "cases" in landed:
            assert connection.execute(select(FACTS.c.value)).scalar_one() == "kept"
        if any(part.startswith("experience") for part in landed):
            assert connection.execute(select(STATEMENTS.c.author)).scalar_one() == "ann"
    engine.dispose()


@on_both_databases
def test_the_history_of_experience_is_only_added_to(database_url: str) -> None:
    make_landed(database_url, "experience_1")
    upgrade_cases(database_url)
    engine = connect_database(database_url)
    with engine.begin() as connection:
        connection.execute(
            insert(STATEMENTS), [{"rule_id": "r1", "author": "ann", "statement": "{}"}]
        )
    with pytest.raises(DBAPIError, match="only added to"), engine.begin() as connection:
        connection.execute(STATEMENTS.delete())
    engine.dispose()


@on_both_databases
def test_records_and_cases_live_in_one_database(records: Engine, database_url: str) -> None:
    upgrade_cases(database_url)
    with records.connect() as connection:
        assert missing(connection, "records") == ""
        assert missing(connection, "cases") == ""
        tables = inspect(connection).get_table_names()
    assert {"clips", "cases", "records_version", "cases_version"} <= set(tables)


def test_an_address_that_cannot_be_used_is_said() -> None:
    with pytest.raises(CasesUnavailable, match="TINGZHEN_DATABASE_URL"):
        upgrade_cases("no address")
