"""`tingzhen serve`: the HTTP service in this process."""

import socket
import sys

import uvicorn

from tingzhen.errors import SettingsError
from tingzhen.language import Text
from tingzhen.media import close_decoder, shared_decoder
from tingzhen.serving.http_app import create_app
from tingzhen.serving.logs import log_to_stderr
from tingzhen.serving.pipeline import start_loading
from tingzhen.serving.settings import Settings


def run_server(settings: Settings, *, host: str | None = None, port: int | None = None) -> None:
    """Serve until told to stop. Raises BundleError, KnowledgeError or SettingsError at once."""
    shared_decoder()
    parts = start_loading(settings)
    parts.recognisers.result()
    parts.knowledge.result()
    log_to_stderr(settings.log_level)
    try:
        app = create_app(settings, parts)
    except OSError as error:
        raise SettingsError(
            Text(f"数据文件夹不可用：{settings.data_dir}。请设置 TINGZHEN_DATA_DIR。",
                 f"The data folder cannot be used: {settings.data_dir}. Set TINGZHEN_DATA_DIR.")
        ) from error  # fmt: skip
    listener = _listen(
        settings.host if host is None else host, settings.port if port is None else port
    )
    address, number = listener.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    print(f"Tingzhen 听诊: http://{shown}:{number}", file=sys.stderr, flush=True)
    config = uvicorn.Config(app, log_config=None, server_header=False)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        listener.close()
        close_decoder()


def _listen(host: str, port: int) -> socket.socket:
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
