"""Workers that are killed while they work, and what becomes of the clips.

The real command, real processes, kill -9; clips go in without HTTP. Each run kills one process at a
stated moment of a job or of a delivery, or at a random time, with two clips on their way, and waits
for both. A receiver on loopback is told of every event.
"""

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import func, select

from tests.serving.jobs.clips import hand_in, kinds, record
from tests.serving.webhooks.receiver import Receiver
from tingzhen.serving.records import (
    ENDED,
    Webhook,
    WebhookDelivery,
    WorkerProcess,
    reading,
    writing,
)
from tingzhen.serving.service import Service
from tingzhen.serving.settings import Settings
from tingzhen.serving.webhooks.signing import new_secret

STEPS = ("facts", "sound", "frames", "recognition", "diagnosis", "publish")
DELIVERING = ("webhook:before", "webhook:sent")
MOMENTS = (
    *(f"{step}:{when}" for step in STEPS for when in ("before", "done")), "job:after", *DELIVERING
)  # fmt: skip
TOLD = ("clip.accepted", "clip.noise", "clip.report")
RANDOM = "random"
_LOOK_S = 0.02


@dataclass
class Outcome:
    """recovery_s: of each run, from the kill until both clips have ended. missed: moments at which
    nobody was killed in time, which fails a run too. untold: events that no webhook came of;
    two_ids: those that came under two ids; delivered, again: webhooks that came, and how many of
    them for a second time under their id, which is allowed."""

    runs: int = 0
    accepted: list[str] = field(default_factory=list)
    recovery_s: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    two_ids: list[str] = field(default_factory=list)
    delivered: int = 0
    again: int = 0


@contextmanager
def workers(
    settings: Settings,
    folders: Sequence[Path],
    orders: Path,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[None]:
    """Two workers for each data folder, which stands for a machine; stopped at the end. more:
    environment."""
    with ExitStack() as stack:
        started = []
        for folder in folders:
            log = stack.enter_context((folder.parent / f"{folder.name}.log").open("wb"))
            environment = {k: v for k, v in os.environ.items() if not k.startswith("TINGZHEN_")}
            environment |= {
                "TINGZHEN_DATA_DIR": str(folder),
                "TINGZHEN_FILES_URL": settings.files_location(),
                "TINGZHEN_WORKER_SILENCE_S": "2",
                "TINGZHEN_TEST_KILL_ORDERS": str(orders),
                "TINGZHEN_WEBHOOK_TARGETS": "any",
                "TINGZHEN_WEBHOOK_RETRY_S": "0.2",
                "OMP_NUM_THREADS": "1",
                **more,
            }
            if settings.database_url:
                environment["TINGZHEN_DATABASE_URL"] = settings.database_url
            started.append(subprocess.Popen(
                [sys.executable, "-m", "tingzhen.command_line", "worker", "--processes", "2"],
                env=environment, stdout=log, stderr=log,
            ))  # fmt: skip
        try:
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(60)


def run_kills(
    service: Service,
    clips: Sequence[Path],
    moments: Sequence[str],
    orders: Path,
    receiver: Receiver,
    *,
    seed: int = 0,
    within_s: float = 120.0,
) -> Outcome:
    """One run for each moment, one after another, while `workers` work."""
    chance, outcome = random.Random(seed), Outcome()  # noqa: S311 - repeatable on purpose
    tell(service, receiver)
    for number, moment in enumerate(moments):
        wait_for_worker(service, within_s)
        if moment != RANDOM:
            (orders / moment).touch()
        ids = [hand_in(service, clips[(number + i) % len(clips)], owner=f"o{i}") for i in range(2)]
        outcome.accepted += ids
        killed = _kill_random(service, chance) if moment == RANDOM else None
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if killed is None and not (orders / moment).exists():
                killed = time.monotonic()
            if killed is not None and all(record(service, c).state in ENDED for c in ids):
                outcome.recovery_s.append(time.monotonic() - killed)
                break
            time.sleep(_LOOK_S)
        else:
            (orders / moment).unlink(missing_ok=True)
            outcome.missed.append(moment)
        outcome.runs += 1
    judge(service, outcome, receiver, within_s)
    return outcome


def tell(service: Service, receiver: Receiver) -> None:
    with writing(service.records) as session:
        session.add(
            Webhook(
                id=uuid.uuid4().hex, owner="benchmark", reach="all", url=receiver.url,
                secret=new_secret(), created_at=datetime.now(UTC),
            )
        )  # fmt: skip


def _kill_random(service: Service, chance: random.Random) -> float:
    """A worker, within half a second of the upload."""
    time.sleep(chance.random() * 0.5)
    pids = _pids(service)
    if pids:
        # One that died of an earlier run may still have its row.
        with suppress(ProcessLookupError):
            os.kill(chance.choice(pids), signal.SIGKILL)
    return time.monotonic()


def _pids(service: Service) -> list[int]:
    with reading(service.records) as session:
        return list(session.scalars(select(WorkerProcess.pid)))


def wait_for_worker(service: Service, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if any(Path(f"/proc/{pid}").exists() for pid in _pids(service)):
            return
        time.sleep(_LOOK_S)
    raise AssertionError("no worker lives")


def judge(service: Service, outcome: Outcome, receiver: Receiver, within_s: float) -> None:
    """Fill in what was lost, told twice, untold and told under two ids."""
    once = Counter([*STEPS[:1], *STEPS[2:5], "accepted", "noise", "report"])
    for clip_id in outcome.accepted:
        told = kinds(service, clip_id)
        if record(service, clip_id).state != "done":
            outcome.lost.append(clip_id)
        elif told != once:
            outcome.doubled.append(f"{clip_id}: {dict(told)}")
    _judge_webhooks(service, outcome, receiver, within_s)


def _judge_webhooks(
    service: Service, outcome: Outcome, receiver: Receiver, within_s: float
) -> None:
    waiting = select(func.count()).where(WebhookDelivery.state == "waiting")
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with reading(service.records) as session:
            if not session.execute(waiting).scalar_one():
                break
        time.sleep(_LOOK_S)
    ids: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for one in receiver.arrived:
        ids[one.content["data"]["clip_id"], one.content["type"]].add(one.id)
    for clip_id in outcome.accepted:
        for kind in TOLD:
            count = len(ids[clip_id, kind])
            if count != 1:
                (outcome.two_ids if count else outcome.untold).append(f"{clip_id}: {kind}")
    outcome.delivered = len(receiver.arrived)
    outcome.again = outcome.delivered - len(receiver.ids())
