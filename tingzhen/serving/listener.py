"""The address that the service listens on."""

import socket

from tingzhen.errors import SettingsError
from tingzhen.language import Text


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises SettingsError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        raise SettingsError(
            Text(f"无法监听 {host}:{port}（{error.strerror or error}）。请换一个端口或地址。",
                 f"Cannot listen on {host}:{port} ({error.strerror or error}). "
                 "Choose another port or address.")
        ) from error  # fmt: skip
    return listener


def address_of(listener: socket.socket) -> str:
    """As a URL."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
