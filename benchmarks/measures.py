"""What measuring costs: CPU time of one count and of one reading, room of the files.

    python -m benchmarks.measures [--counts N] [--readings N]

Counts as the HTTP process does, into files that processes share, for 40 routes; reads with an empty
SQLite database of the service.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tingzhen.serving.settings import Settings

_MEMORY = "/dev/shm"  # noqa: S108 - a folder of its own is made in it


def cpu_us(what: Callable[[], object], n: int) -> float:
    """CPU time of one call, microseconds."""
    started = time.process_time()
    for _ in range(n):
        what()
    return (time.process_time() - started) / n * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, default=20_000)
    parser.add_argument("--readings", type=int, default=30)
    wanted = parser.parse_args()
    shared = tempfile.TemporaryDirectory(dir=_MEMORY if Path(_MEMORY).is_dir() else None)
    with shared as folder, tempfile.TemporaryDirectory() as data:
        # Where the counts go is settled when the measures are imported.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        os.environ["TINGZHEN_PROCESS"] = "http"
        os.environ["TINGZHEN_DATA_DIR"] = data
        from tingzhen.serving.operations import measures
        from tingzhen.serving.operations.exposition import Exposition
        from tingzhen.serving.records import open_records
        from tingzhen.serving.records.schema import upgrade_records

        requests, seconds = measures.HTTP_REQUESTS, measures.HTTP_SECONDS
        for route in range(40):
            for status in ("200", "401", "404", "422"):
                requests.labels("GET", f"/v1/route/{route}", status).inc()
            seconds.labels("GET", f"/v1/route/{route}").observe(0.1)
        counter = cpu_us(lambda: requests.labels("GET", "/v1/route/1", "200").inc(), wanted.counts)
        histogram = cpu_us(lambda: seconds.labels("GET", "/v1/route/1").observe(0.1), wanted.counts)
        records = open_records(Settings().records_url())
        upgrade_records(records)
        exposition = Exposition(records, Settings())
        exposition.text()
        reading = cpu_us(exposition.text, wanted.readings) / 1000
        room = sum(file.stat().st_blocks * 512 for file in Path(folder).iterdir())
        records.dispose()
    print(f"counter    {counter:8.1f} us CPU each (n={wanted.counts})")
    print(f"histogram  {histogram:8.1f} us CPU each (n={wanted.counts})")
    print(f"reading    {reading:8.1f} ms CPU each (n={wanted.readings})")
    print(f"files      {room / 1000:8.0f} kB for 40 routes")


if __name__ == "__main__":
    main()
