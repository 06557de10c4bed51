"""The fleet's part of the application over a real database of cases. SIMULATION."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI

from tests.diagnosis.examples import shipped
from tests.serving.callers import AdmittedAs
from tingzhen.diagnosis.cases import CaseRecord, CaseStore, open_cases
from tingzhen.serving.access import Caller
from tingzhen.serving.access.roles import Reach
from tingzhen.serving.fleet.application import add_fleet
from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.settings import Settings

FIRST = date(2024, 1, 1)
FAULT, OTHER = (fault.id for fault in shipped().faults[:2])
STEPS = shipped().faults[0].repair.steps
Ask = Callable[..., httpx.Response]


def cases_of_workshops() -> Iterator[CaseRecord]:
    """60 vehicles of two workshops, each repaired once; every third comes back after 40 days. The
    first ten of W1 come back to W2. Three workshops of the fourth vehicle are spelt oddly."""
    for number in range(60):
        workshop = "W1 " if number == 3 else "W1" if number < 30 else "王记"
        common: dict[str, Any] = {
            "source": "work_order", "vehicle_key": f"key-{number:02d}", "make": "示范",
            "model": f"M{number % 2}", "year": 2020, "region": "北京", "fault": FAULT,
            "complaint": f"complaint {number}",
        }  # fmt: skip
        day = FIRST + timedelta(days=number)
        yield CaseRecord(
            id=f"first-{number}", opened_on=day, workshop=workshop, mileage_km=41_234.0,
            repair=STEPS.zh, **common
        )  # fmt: skip
        if number % 3 == 0:
            yield CaseRecord(
                id=f"back-{number}", opened_on=day + timedelta(days=40), mileage_km=43_210.0,
                workshop="王记" if number < 10 else workshop, **common
            )  # fmt: skip
    yield CaseRecord(id="open", opened_on=date(2025, 6, 1), source="session", model="=M9")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fleet")


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[CaseStore]:
    store = open_cases(f"sqlite:///{folder / 'cases.sqlite3'}")
    store.keep(list(cases_of_workshops()))
    yield store
    store.close()


@pytest.fixture(scope="module")
def service(store: CaseStore, folder: Path) -> Iterator[FastAPI]:
    table = folder / "service.csv"
    rows = [f"2024-0{month},M0,120" for month in range(1, 7)]
    table.write_text("\n".join(["month,model,vehicles", *rows]), encoding="utf-8")
    app = FastAPI()
    close = add_fleet(app, Settings(data_dir=folder, exposure=table), shipped())
    app.state.language = "en"
    add_problem_handlers(app)
    yield app
    close()


@pytest.fixture(scope="module")
def ask(service: FastAPI) -> Ask:
    """ask(path, role="admin", workshop=None, **parameters)."""
    reaches: dict[str, Reach] = {"admin": "all"}

    def asked(
        path: str, *, role: Any = "admin", workshop: str | None = None, **parameters: Any
    ) -> httpx.Response:
        caller = Caller(f"{role}1", role, workshop)
        app = AdmittedAs(service, caller, reaches.get(role, "deidentified"))

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                return await client.get(path, params=parameters)

        return anyio.run(send)

    return asked
