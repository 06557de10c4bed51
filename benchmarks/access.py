"""What the gate costs: CPU time of a small request with it and without it, in this process.

    python -m benchmarks.access [--n 500]

A real SQLite database in a temporary folder; a look (noted in the log later) and a change (noted on
disk before it is answered).
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx
from fastapi import FastAPI

from tingzhen.serving.access.door import add_gate
from tingzhen.serving.access.tokens import create_token
from tingzhen.serving.records import open_records
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.settings import Settings


def app() -> FastAPI:
    made = FastAPI()

    @made.get("/v1/experience")
    async def look() -> None: ...

    @made.post("/v1/experience")
    async def change() -> None: ...

    return made


async def measured(asked: FastAPI, method: str, token: str, n: int) -> tuple[float, float]:
    """CPU time of a request over all threads, mean; time until its answer, median; both ms."""
    headers = {"authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(asked)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        for _ in range(20):
            await client.request(method, "/v1/experience", headers=headers)
        walls, cpu = [], time.process_time()
        for _ in range(n):
            started = time.perf_counter()
            answer = await client.request(method, "/v1/experience", headers=headers)
            walls.append(time.perf_counter() - started)
            assert answer.status_code == 200, answer.text
        return (time.process_time() - cpu) * 1000 / n, median(walls) * 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=500)
    n = parser.parse_args().n
    with tempfile.TemporaryDirectory() as folder:
        records = open_records(f"sqlite:///{Path(folder) / 'records.sqlite3'}")
        upgrade_records(records)
        token = create_token(records, subject="a1", role="admin", valid_for=None).text
        guarded = app()
        audit = add_gate(guarded, records, Settings(rate_admin_per_min=0))
        for name, asked in (("without the gate", app()), ("with the gate", guarded)):
            for method in ("GET", "POST"):
                cpu_ms, wall_ms = asyncio.run(measured(asked, method, token, n))
                print(f"{name}, {method}: {cpu_ms:.2f} ms CPU, {wall_ms:.2f} ms median (n={n})")
        audit.close()
        records.dispose()


if __name__ == "__main__":
    main()
