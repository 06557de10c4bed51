"""A service of its own for the pages of the office, over simulated cases that other pages must not
meet."""

from collections.abc import Iterator

import pytest

from benchmarks.fleet_cases import simulated_fleet
from tests.diagnosis.examples import shipped
from tests.serving.pages.conftest import ROLES, RunningService, serving, session_cookie
from tingzhen.serving.access.tokens import create_token
from tingzhen.serving.cases.in_use import open_store
from tingzhen.serving.records import open_records
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.settings import Settings


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("fleet"))
    store = open_store(settings.cases_url())
    store.keep(list(simulated_fleet(shipped(), 4000, seed=3)))
    store.close()
    records = open_records(settings.records_url())
    upgrade_records(records)
    tokens = {
        role: create_token(
            records, subject=f"{role}1", role=role, valid_for=None,
            workshop="sim-01" if role == "technician" else None,
        ).text
        for role in ROLES
    }  # fmt: skip
    records.dispose()
    with serving(settings) as address:
        yield RunningService(address, tokens, "", settings)


@pytest.fixture(scope="module")
def cookies(service: RunningService) -> dict[str, dict[str, str]]:
    return {role: session_cookie(service, role) for role in ROLES}
