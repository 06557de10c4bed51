"""A line to a server on loopback that breaks when a test says so, as a phone's does."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_PIECE = 16_384


@dataclass
class Line:
    """breaks: for each connection in turn, the bytes up and down after which it breaks (None:
    never); those behind the last do not break."""

    url: str = ""
    breaks: list[tuple[int | None, int | None]] = field(default_factory=list)
    connections: int = 0

    def next_break(self) -> tuple[int | None, int | None]:
        number, self.connections = self.connections, self.connections + 1
        return self.breaks[number] if number < len(self.breaks) else (None, None)


@contextmanager
def breaking_line(server_url: str) -> Iterator[Line]:
    line, target = Line(), urlsplit(server_url)
    listener = socket.create_server(("127.0.0.1", 0))
    line.url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                threading.Thread(target=join, args=(near, *line.next_break()), daemon=True).start()

    def join(near: socket.socket, up: int | None, down: int | None) -> None:
        with near, socket.create_connection((target.hostname, target.port)) as far:
            back = threading.Thread(target=_carry, args=(far, near, down), daemon=True)
            back.start()
            _carry(near, far, up)
            back.join()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _carry(source: socket.socket, sink: socket.socket, most: int | None) -> None:
    carried = 0
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            if most is not None:
                piece = piece[: most - carried]
            sink.sendall(piece)
            carried += len(piece)
            if carried == most:
                break
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
