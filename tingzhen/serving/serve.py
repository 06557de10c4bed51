"""`tingzhen serve` and `tingzhen worker`: the processes of the service on one machine."""

from tingzhen.serving.jobs.processes import Command, Processes
from tingzhen.serving.listener import listen
from tingzhen.serving.logs import log_to_stderr
from tingzhen.serving.settings import Settings


def serve(settings: Settings, *, host: str | None = None, port: int | None = None) -> int:
    """The HTTP process and the workers, until told to stop; the exit status.

    Raises SettingsError where the address cannot be listened on.
    """
    log_to_stderr(settings.log_level)
    with listen(
        settings.host if host is None else host, settings.port if port is None else port
    ) as listener:
        # The address stays ours while the HTTP process is started again: clients wait, and are
        # not turned away.
        descriptor = listener.fileno()
        http = Command(
            "http", ["-m", "tingzhen.serving.http_server", str(descriptor)], [descriptor]
        )
        return Processes([http, *_workers(settings.workers)]).run()


def work(settings: Settings, *, processes: int | None = None) -> int:
    """Workers alone, for a service whose HTTP process runs elsewhere; the exit status."""
    log_to_stderr(settings.log_level)
    return Processes(_workers(max(1, processes or settings.workers))).run()


def _workers(count: int) -> list[Command]:
    arguments = ["-m", "tingzhen.serving.jobs.worker"]
    return [Command(f"worker {number}", arguments) for number in range(count)]
