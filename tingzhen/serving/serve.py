"""`tingzhen serve` and `tingzhen worker`: the processes of the service on one machine."""

import os
import sys
from collections.abc import Sequence

from tingzhen.serving.jobs.processes import Command, Processes
from tingzhen.serving.listener import listen
from tingzhen.serving.logs import log, log_to_stderr
from tingzhen.serving.operations.exposition import shared_folder
from tingzhen.serving.operations.port import operations_port
from tingzhen.serving.settings import Settings
from tingzhen.serving.unknown_settings import unknown_settings


def serve(settings: Settings, *, host: str | None = None, port: int | None = None) -> int:
    """The HTTP process and the workers, until told to stop; the exit status.

    Raises SettingsError where an address cannot be listened on.
    """
    with listen(
        settings.host if host is None else host, settings.port if port is None else port
    ) as listener:
        # The address stays ours while the HTTP process is started again: clients wait, and are
        # not turned away.
        descriptor = listener.fileno()
        http = Command(
            "http", ["-m", "tingzhen.serving.http.server", str(descriptor)], [descriptor]
        )
        return _run(settings, [http, *_workers(settings.workers)])


def work(settings: Settings, *, processes: int | None = None) -> int:
    """Workers alone, for a service whose HTTP process runs elsewhere; the exit status.

    Raises SettingsError where the port for probes cannot be listened on.
    """
    return _run(settings, _workers(max(1, processes or settings.workers)))


def _run(settings: Settings, commands: Sequence[Command]) -> int:
    log_to_stderr(settings.log_level)
    for said in unknown_settings(os.environ, Settings.model_fields.keys()):
        print(f"{said.en}\n{said.zh}", file=sys.stderr, flush=True)
    processes = Processes(commands)
    with shared_folder(), operations_port(settings, processes.running) as port:
        if port is not None:
            where = {"host": settings.operations_host, "port": port}
            log.info("probes and measurements", extra=where)
        return processes.run()


def _workers(count: int) -> list[Command]:
    arguments = ["-m", "tingzhen.serving.jobs.worker"]
    return [Command(f"worker {number}", arguments) for number in range(count)]
