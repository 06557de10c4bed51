"""A real receiver of webhooks on loopback, that answers as it is told and notes what came."""

import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Arrived:
    """headers: names in small letters. began_s, ended_s: of the monotonic clock."""

    path: str
    headers: dict[str, str]
    body: bytes
    began_s: float
    ended_s: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content


@dataclass
class Receiver:
    """answer: the status for a path, and headers that go with it; may take its time."""

    url: str = ""
    answer: Callable[[str], tuple[int, dict[str, str]]] = lambda path: (204, {})
    arrived: list[Arrived] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def note(self, one: Arrived) -> None:
        with self._news:
            self.arrived.append(one)
            self._news.notify_all()

    def wait_for(self, wanted: Callable[[list[Arrived]], bool], within_s: float = 60.0) -> None:
        with self._news:
            assert self._news.wait_for(lambda: wanted(self.arrived), within_s), self.arrived

    def ids(self, path: str | None = None) -> Counter[str]:
        """How often each delivery came."""
        return Counter(one.id for one in self.arrived if path in (None, one.path))


@contextmanager
def receiving(certificate: Path | None = None) -> Iterator[Receiver]:
    """certificate: key and certificate to speak TLS with."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            began_s = time.monotonic()
            announced = int(self.headers["content-length"])
            body = self.rfile.read(announced)
            if len(body) < announced:
                return  # whoever sent it was killed: nothing came
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more = receiver.answer(self.path)
            receiver.note(Arrived(self.path, headers, body, began_s, time.monotonic()))
            try:
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()
            except OSError:
                pass  # whoever sent it was killed, or waits no more

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass  # of callers that hang up

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    scheme = "http"
    if certificate is not None:
        scheme, tls = "https", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.url = f"{scheme}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
