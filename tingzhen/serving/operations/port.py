"""A port for probes and measuring systems, beside the service: /healthz and /metrics, no token.

Kept by the process that watches over the others, so that a machine that runs workers alone can be
asked too.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from tingzhen.errors import SettingsError
from tingzhen.language import Text
from tingzhen.serving.operations.exposition import CONTENT_TYPE, Exposition
from tingzhen.serving.settings import Settings

Processes = Callable[[], Mapping[str, bool]]
"""Whether each process runs, by its name."""

_PATIENCE_S: Final = 10


@contextmanager
def operations_port(settings: Settings, processes: Processes) -> Iterator[int | None]:
    """Answer while the context is open; gives the port, None where the settings want none.

    Raises SettingsError where it cannot be listened on.
    """
    if settings.operations_port is None:
        yield None
        return
    host, port = settings.operations_host, settings.operations_port
    try:
        server = _Server((host, port), settings, processes)
    except OSError as error:
        raise SettingsError(
            Text(f"无法监听 {host}:{port}（{error.strerror or error}）。"
                 "请更改 TINGZHEN_OPERATIONS_HOST 或 TINGZHEN_OPERATIONS_PORT。",
                 f"Cannot listen on {host}:{port} ({error.strerror or error}). "
                 "Change TINGZHEN_OPERATIONS_HOST or TINGZHEN_OPERATIONS_PORT.")
        ) from error  # fmt: skip
    thread = threading.Thread(target=server.serve_forever, name="operations", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], settings: Settings, processes: Processes) -> None:
        self.settings = settings
        self.processes = processes
        self._exposition: Exposition | None = None
        self._lock = threading.Lock()
        super().__init__(address, _Answer)

    def metrics(self) -> bytes:
        with self._lock:
            if self._exposition is None:
                # Only when first asked for: this process has no other use for a database.
                from tingzhen.serving.records import open_records  # noqa: PLC0415

                records = open_records(self.settings.records_url())
                self._exposition = Exposition(records, self.settings)
            return self._exposition.text()


class _Answer(BaseHTTPRequestHandler):
    server: _Server
    server_version = "Tingzhen"
    sys_version = ""
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/healthz":
            running = self.server.processes()
            status = 200 if all(running.values()) else 503
            states = {name: "running" if on else "not_running" for name, on in running.items()}
            body = {"status": "ok" if status == 200 else "degraded", "processes": states}
            self._send(status, "application/json", json.dumps(body).encode())
        elif path == "/metrics":
            self._send(200, CONTENT_TYPE, self.server.metrics())
        else:
            self._send(404, "text/plain; charset=utf-8", b"/healthz and /metrics are here.\n")

    do_HEAD = do_GET  # noqa: N815 - the name that the base class looks for

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: probes ask every few seconds."""

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
