"""How soon the service answers, how much it can take, and what it does when more comes.

    python -m benchmarks.service_load [--idle 30] [--sustained 60] [--overload 60] [--database NAME]

The real `tingzhen serve` over HTTP on loopback, and a generated clip of 10 s at 1080p. Idle: clips
one by one, each when the service has come to rest; seconds from the last byte of the upload to the
noise verdict and to the report, as the events of the clip say. Sustained: as many clips as it takes
without refusing any. Overload: twice that, with a small queue. Blurred pictures and masked sound
are made while nothing is analysed, so they are part of neither: "at rest" says what they cost.
CPU seconds are of all processes of the service, for each clip: they hold
on a machine that others use, wall times do not.
"""

import argparse
import contextlib
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from sqlalchemy import create_engine, text

from benchmarks import clips
from tests.serving.conftest import clean_environment

_QUEUE_LIMIT = 20
_REST_S = 0.5
_AT_REST = 0.3
"""CPU seconds a second: of what looks after queues and webhooks, and nothing more."""


@dataclass(frozen=True, slots=True)
class Running:
    client: httpx.Client
    process: psutil.Process
    jobs_url: str

    def start_ms(self) -> list[float]:
        """From handing a job in until a worker took it, of the last jobs that were taken."""
        query = text(
            "SELECT started_at_epoch_ms - created_at FROM dbos.workflow_status "
            "WHERE started_at_epoch_ms IS NOT NULL ORDER BY created_at DESC"
        )
        engine = create_engine(self.jobs_url)
        with engine.connect() as connection:
            return [float(value) for value in connection.execute(query).scalars()]

    def cpu_s(self) -> float:
        """Of the whole service so far, decoders' ended children included."""
        spent = 0.0
        for one in [self.process, *self.process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                spent += times.user + times.system + times.children_user + times.children_system
        return spent

    def memory_mb(self) -> float:
        total = 0
        for one in [self.process, *self.process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                total += one.memory_full_info().pss
        return total / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--idle", type=int, default=30, help="clips one by one")
    parser.add_argument("--sustained", type=float, default=60.0, help="seconds")
    parser.add_argument("--overload", type=float, default=60.0, help="seconds")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    clip = clips.generated(clips.RECIPES[0]).read_bytes()
    print(f"clip: {len(clip) / 1e6:.1f} MB, {clips.RECIPES[0]}", flush=True)
    with serving(options.database) as service:
        _send(service, clip, wait=True)  # the first one warms up
        _send(service, clip, wait=True)
        _idle(service, clip, options.idle)
        rate = _sustained(service, clip, options.sustained)
        _overload(service, clip, 2 * rate, options.overload)


@contextmanager
def serving(database: str) -> Iterator[Running]:
    """`tingzhen serve` with its defaults, but for the limits on requests of one token."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tingzhen-load-")))
        more = {}
        if database == "postgres":
            from tests.postgres import fresh_database, running_postgres

            fresh = stack.enter_context(fresh_database(stack.enter_context(running_postgres())))
            more["TINGZHEN_DATABASE_URL"] = fresh.render_as_string(hide_password=False)
        environment = clean_environment(
            TINGZHEN_DATA_DIR=str(folder / "data"), TINGZHEN_LOG_LEVEL="warning",
            TINGZHEN_QUEUE_LIMIT=str(_QUEUE_LIMIT), TINGZHEN_RATE_ADMIN_PER_MIN="0", **more,
        )  # fmt: skip
        log = folder / "log"
        process = subprocess.Popen(
            [sys.executable, "-m", "tingzhen.command_line", "serve", "--port", "0"],
            env=environment, stderr=stack.enter_context(log.open("wb")),
        )  # fmt: skip
        try:
            address = _found(log, r"http://127\.0\.0\.1:\d+", process)
            token = _found(log, r"tz_[0-9a-f]{12}_[\w-]{43}", process)
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=address, headers=headers, timeout=120) as client:
                url = more.get("TINGZHEN_DATABASE_URL")
                yield Running(
                    client,
                    psutil.Process(process.pid),
                    url or f"sqlite:///{folder}/data/jobs.sqlite3",
                )
        finally:
            process.terminate()
            process.wait(60)


def _found(log: Path, pattern: str, process: subprocess.Popen[bytes]) -> str:
    while process.poll() is None:
        if found := re.findall(pattern, log.read_text(encoding="utf-8")):
            return str(found[-1])
        time.sleep(0.05)
    raise SystemExit(log.read_text(encoding="utf-8"))


class Body:
    """A clip in blocks. ended_s: when the last was handed to the connection, on our clock."""

    def __init__(self, clip: bytes) -> None:
        self._clip = clip
        self.ended_s = 0.0

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._clip), 1 << 18):
            yield self._clip[start : start + (1 << 18)]
        self.ended_s = time.perf_counter()


def _send(service: Running, clip: bytes, *, wait: bool = False) -> httpx.Response:
    headers = {"Content-Type": "video/mp4"} | ({"Prefer": "wait=60"} if wait else {})
    return service.client.post("/v1/clips?name=clip.mp4", content=clip, headers=headers)


def _events(service: Running, clip_id: str) -> dict[str, float]:
    """When each kind of event was received, on our clock."""
    received: dict[str, float] = {}
    with service.client.stream("GET", f"/v1/clips/{clip_id}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("event:"):
                received.setdefault(line.removeprefix("event:").strip(), time.perf_counter())
    return received


def _idle(service: Running, clip: bytes, count: int) -> None:
    noise, report = [], []
    _rest(service)
    cpu, rest_s = service.cpu_s(), 0.0
    headers = {"Content-Type": "video/mp4", "Content-Length": str(len(clip))}
    for _ in range(count):
        rest_s += _rest(service)
        body = Body(clip)
        answer = service.client.post("/v1/clips?name=clip.mp4", content=body, headers=headers)
        received = _events(service, answer.json()["id"])
        noise.append(received["noise"] - body.ended_s)
        report.append(received["report"] - body.ended_s)
    rest_s += _rest(service)
    spent = (service.cpu_s() - cpu) / count
    for name, values in (("noise verdict", noise), ("report", report)):
        print(f"idle, {name}: n={count}, {_spread(values)} s after the last byte")
    if not service.jobs_url.startswith("sqlite"):  # there DBOS keeps whole seconds
        start = service.start_ms()[:count]
        print(f"idle, a worker has the job: n={len(start)}, {_spread(start)} ms after hand-in")
    print(f"idle: {spent:.2f} CPU s a clip, {rest_s / count:.2f} of them at rest after the report: "
          "blurred pictures, masked sound, the video for a workshop", flush=True)  # fmt: skip


def _rest(service: Running) -> float:
    """Wait until the service does nothing, for two minutes at most; CPU seconds that it took."""
    began, until = service.cpu_s(), time.monotonic() + 120
    before = began
    while time.monotonic() < until:
        time.sleep(_REST_S)
        now = service.cpu_s()
        if now - before < _AT_REST * _REST_S:
            break
        before = now
    return now - began


def _sustained(service: Running, clip: bytes, seconds: float) -> float:
    """Clips a second, with as many on their way as the queue takes without refusing."""
    _rest(service)
    started, done = time.monotonic(), 0
    cpu = service.cpu_s()

    def one() -> bool:
        answer = _send(service, clip, wait=True)
        return answer.status_code == 200

    with ThreadPoolExecutor(6) as pool:
        pending = {pool.submit(one) for _ in range(6)}
        while time.monotonic() - started < seconds:
            for ready in [future for future in pending if future.done()]:
                pending.remove(ready)
                done += ready.result()
                pending.add(pool.submit(one))
            time.sleep(0.005)
        elapsed = time.monotonic() - started
    rate, spent = done / elapsed, (service.cpu_s() - cpu) / max(done, 1)
    print(f"sustained: {rate:.2f} clips a second over {elapsed:.0f} s (n={done}), {spent:.2f} CPU s"
          " a clip", flush=True)  # fmt: skip
    return rate


def _overload(service: Running, clip: bytes, rate: float, seconds: float) -> None:
    """Clips at a stated rate, whatever comes back."""
    answers: Counter[int] = Counter()
    accepted: list[str] = []
    memory = [service.memory_mb()]

    def one() -> httpx.Response:
        return _send(service, clip)

    started, pending = time.monotonic(), []
    with ThreadPoolExecutor(16) as pool:
        while (elapsed := time.monotonic() - started) < seconds:
            if len(pending) < elapsed * rate:
                pending.append(pool.submit(one))
            else:
                time.sleep(0.01)
            if int(elapsed) > 5 * len(memory):
                memory.append(service.memory_mb())
        for future in pending:
            answer = future.result()
            answers[answer.status_code] += 1
            if answer.status_code == 202:
                accepted.append(answer.json()["id"])
    states = _states_at_the_end(service, accepted)
    print(
        f"overload: {rate:.2f} clips a second for {seconds:.0f} s; answers {dict(answers)}; "
        f"accepted {len(accepted)}, of which {dict(states)}; memory {memory[0]:.0f} MB before, "
        f"{max(memory):.0f} at most, {memory[-1]:.0f} at the end (n={len(memory)})"
    )


def _states_at_the_end(service: Running, accepted: list[str]) -> Counter[str]:
    def state(clip_id: str) -> str:
        answer: Any = service.client.get(f"/v1/clips/{clip_id}").json()
        return str(answer.get("state", answer.get("code")))

    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        states = Counter(state(clip_id) for clip_id in accepted)
        if not states.keys() & {"waiting", "running"}:
            break
        time.sleep(2)
    return states


def _spread(values: list[float]) -> str:
    return f"median {np.median(values):.2f}, p95 {np.quantile(values, 0.95):.2f}"


if __name__ == "__main__":
    main()
