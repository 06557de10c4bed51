"""python -m benchmarks.job_start [--jobs 30]: from handing a job in until its first step begins.

The queue, its thread and the waking are those of a worker, the job does nothing; SQLite, in one
process, so that CPU time of the whole way can be told: on an idle machine the way takes that, the
waits for the disk, and up to 10 ms until the change of the file is seen.
"""

import argparse
import os
import tempfile
import time
import uuid
from pathlib import Path

import numpy as np
from dbos import DBOS

from tingzhen.serving.jobs.database import WORKFLOW
from tingzhen.serving.jobs.queue import enqueue
from tingzhen.serving.jobs.wake import WakingEvent
from tingzhen.serving.jobs.worker import _queue
from tingzhen.serving.service import build_service
from tingzhen.serving.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=30)
    options = parser.parse_args()
    begun: dict[str, tuple[float, float]] = {}

    def job(clip_id: str) -> str:
        begun[clip_id] = time.perf_counter(), time.process_time()
        return "done"

    DBOS.workflow(name=WORKFLOW)(job)
    with tempfile.TemporaryDirectory(prefix="tingzhen-start-") as folder:
        settings = Settings(data_dir=Path(folder))
        service = build_service(settings)
        wall_ms, cpu_ms = [], []
        with _queue(settings, "benchmark-0", WakingEvent()):
            for _ in range(options.jobs):
                time.sleep(0.3)
                clip_id = uuid.uuid4().hex
                wall, cpu = time.perf_counter(), time.process_time()
                enqueue(service.jobs.client, clip_id, clip_id, 1, "anna")
                while clip_id not in begun:
                    time.sleep(0.002)
                wall_ms.append((begun[clip_id][0] - wall) * 1e3)
                cpu_ms.append((begun[clip_id][1] - cpu) * 1e3)
    for name, values in (("wall", wall_ms), ("CPU", cpu_ms)):
        print(
            f"{name}: n={len(values)}, median {np.median(values):.1f} ms, "
            f"p95 {np.quantile(values, 0.95):.1f} ms",
            flush=True,
        )
    os._exit(0)  # DBOS's threads may still wait


if __name__ == "__main__":
    main()
