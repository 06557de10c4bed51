"""The HTTP process of the service.

Run as `python -m tingzhen.serving.http.server FD`, where FD is the listening socket; standard input
is a pipe to the process that watches over it (jobs/processes.py).
"""

import socket
import sys
from typing import NoReturn

import uvicorn

from tingzhen.errors import SettingsError, TingzhenError
from tingzhen.language import Text
from tingzhen.media import close_decoder, shared_decoder
from tingzhen.serving.http.app import create_app
from tingzhen.serving.jobs.child import end_with_parent
from tingzhen.serving.listener import address_of
from tingzhen.serving.logs import log_to_stderr
from tingzhen.serving.operations import measures
from tingzhen.serving.pipeline import start_reasoning
from tingzhen.serving.sandbox_in_force import require_sandbox
from tingzhen.serving.settings import Settings, load_settings

_OPEN_AT_MOST_S = 5
"""Requests that are still answered after the word to stop; listeners to events are let go."""


def run_server(settings: Settings, listener: socket.socket) -> None:
    """Serve until told to stop. Raises BundleError, KnowledgeError or SettingsError at once."""
    shared_decoder()
    parts = start_reasoning(settings)
    parts.knowledge.result()
    log_to_stderr(settings.log_level)
    require_sandbox(settings)
    measures.process_started()
    try:
        app = create_app(settings, parts)
    except OSError as error:
        raise SettingsError(
            Text(f"数据文件夹不可用：{settings.data_dir}。请设置 TINGZHEN_DATA_DIR。",
                 f"The data folder cannot be used: {settings.data_dir}. Set TINGZHEN_DATA_DIR.")
        ) from error  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(
        app, log_config=None, server_header=False, timeout_graceful_shutdown=_OPEN_AT_MOST_S
    ))  # fmt: skip

    def end() -> None:
        app.state.watch.stop()
        server.should_exit = True

    end_with_parent(end)
    print(f"Tingzhen 听诊: {address_of(listener)}", file=sys.stderr, flush=True)
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()
        close_decoder()


def main() -> NoReturn:
    """Exit status 0 after a stop, 1 where it cannot start: the reason is on standard error."""
    try:
        run_server(load_settings(), socket.socket(fileno=int(sys.argv[1])))
    except TingzhenError as error:
        print(f"{error.code}: {error.text.en}\n{error.text.zh}", file=sys.stderr)
        raise SystemExit(1) from error
    raise SystemExit(0)


if __name__ == "__main__":
    main()
