"""python -m benchmarks.webhooks [--n 500] [--webhooks 10]: what deliveries cost, on SQLite.

One worker's thread delivers to a receiver on loopback in the same process. Prints, with n:
deliveries a second and CPU ms of each (the receiver's included), the time from an event to its
arrival one by one, and the CPU ms that a second of waiting costs.
"""

import argparse
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from tests.serving.webhooks.conftest import add_event, add_webhook, delivering, rows
from tests.serving.webhooks.receiver import receiving
from tingzhen.serving.records import open_records
from tingzhen.serving.records.schema import upgrade_records

_IDLE_S = 10.0
_ONE_BY_ONE = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--webhooks", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tingzhen-webhooks-") as folder, receiving() as here:
        records = open_records(f"sqlite:///{folder}/records.sqlite3")
        upgrade_records(records)
        for number in range(options.webhooks):
            add_webhook(records, f"{here.url}/{number}", owner=f"o{number}")
        for number in range(options.n):
            add_event(records, owner=f"o{number % options.webhooks}")
        began, cpu = time.monotonic(), time.process_time()
        with delivering(records, Path(folder)):
            here.wait_for(lambda arrived: len(arrived) >= options.n, 600)
            wall_s, cpu_s = time.monotonic() - began, time.process_time() - cpu
            print(
                f"n={options.n} to {options.webhooks} webhooks: {options.n / wall_s:.0f} a second, "
                f"{1000 * cpu_s / options.n:.1f} CPU ms each"
            )
            waits = []
            for number in range(_ONE_BY_ONE):
                told = time.monotonic()
                add_event(records, owner="o0")
                here.wait_for(lambda arrived, due=options.n + number + 1: len(arrived) >= due)
                waits.append(here.arrived[-1].began_s - told)
            print(
                f"n={_ONE_BY_ONE} one by one, ms from the event to its arrival: "
                f"median {1000 * np.median(waits):.0f}, most {1000 * max(waits):.0f}"
            )
            cpu = time.process_time()
            threading.Event().wait(_IDLE_S)
            print(f"idle: {1000 * (time.process_time() - cpu) / _IDLE_S:.1f} CPU ms a second")
        assert len(here.ids()) == options.n + _ONE_BY_ONE == len(rows(records))
        records.dispose()


if __name__ == "__main__":
    main()
