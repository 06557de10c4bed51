"""The `tingzhen` command: diagnose, serve, train, evaluate.

Only what the chosen command needs is imported: a clip is diagnosed without the web framework,
the database or the training stack.
"""

import io
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from tingzhen import __version__
from tingzhen.errors import SettingsError, TingzhenError
from tingzhen.language import Language
from tingzhen.serving.commands.backup import backup, restore
from tingzhen.serving.commands.cases import cases
from tingzhen.serving.commands.db import db
from tingzhen.serving.commands.doctor import doctor
from tingzhen.serving.commands.experience import experience
from tingzhen.serving.commands.export import export_owner
from tingzhen.serving.commands.guide import guide
from tingzhen.serving.commands.kb import kb
from tingzhen.serving.commands.models import models
from tingzhen.serving.commands.patterns import patterns
from tingzhen.serving.commands.reason import reason
from tingzhen.serving.commands.token import token
from tingzhen.training.commands import evaluate, train

if TYPE_CHECKING:
    from tingzhen.serving.settings import Settings

WRONG_USAGE = 2
app = typer.Typer(
    name="tingzhen",
    help="Hears and sees what is wrong with a vehicle. 听诊：听声音、看画面，找出车辆故障。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tingzhen {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


@app.command()
def diagnose(  # noqa: PLR0917 - one for each option of the command
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Video, audio file or photo, or a folder of them.",
            show_default=False,
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    lang: Annotated[Language | None, typer.Option(help="Language of the report.")] = None,
    context: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Circumstances: vehicle, when, complaint, codes."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write one self-contained page for each clip."),
    ] = None,
    heatmap: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write a picture of each damage: where the model sees it."
        ),
    ] = None,
) -> None:
    """Say what is wrong in each clip. 诊断视频、录音或照片。"""
    from tingzhen.media import shared_decoder  # noqa: PLC0415 - see above

    # The decoder's process starts while this one imports the recognisers.
    shared_decoder()
    from tingzhen.serving.commands.diagnose import diagnose_paths  # noqa: PLC0415 - see above

    settings = _settings()
    try:
        reported = diagnose_paths(
            paths,
            settings=settings,
            language=lang,
            context=context,
            html=html,
            heatmap=heatmap,
            as_json=as_json,
        )
    except TingzhenError as error:
        _fail(error)
    raise typer.Exit(0 if reported else 1)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one.")] = None,
) -> None:
    """Serve the HTTP interface, with workers. 启动 HTTP 服务和工作进程。"""
    from tingzhen.serving.serve import serve as start  # noqa: PLC0415 - see above

    settings = _settings()
    try:
        status = start(settings, host=host, port=port)
    except TingzhenError as error:
        _fail(error, status=1)
    raise typer.Exit(status)


@app.command()
def worker(
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="How many; TINGZHEN_WORKERS without.", show_default=False),
    ] = None,
) -> None:
    """Add workers to a service, on any machine. 为服务增加工作进程。"""
    from tingzhen.serving.serve import work  # noqa: PLC0415 - see above

    raise typer.Exit(work(_settings(), processes=processes))


app.command()(train)
app.command()(evaluate)
app.command()(doctor)
app.command()(guide)
app.command()(reason)
app.command()(backup)
app.command()(restore)
app.command(name="export-owner")(export_owner)
app.add_typer(db)
app.add_typer(kb)
app.add_typer(models)
cases.command()(patterns)
app.add_typer(cases)
app.add_typer(experience)
app.add_typer(token)


def _settings() -> "Settings":
    from tingzhen.serving.settings import load_settings  # noqa: PLC0415 - see above

    try:
        return load_settings()
    except SettingsError as error:
        _fail(error)


def _fail(error: TingzhenError, status: int = WRONG_USAGE) -> NoReturn:
    typer.echo(f"{error.code}: {error.text.en}\n{error.text.zh}", err=True)
    raise typer.Exit(status) from error


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def main() -> None:
    """Run the command; Ctrl-C and SIGTERM end it without a traceback and leave no child."""
    signal.signal(signal.SIGTERM, _stop)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Chinese in a bare locale (cron, containers) must come out, whatever the locale says.
            encoding = "utf-8" if stream.encoding.lower() in ("ascii", "us-ascii") else None
            stream.reconfigure(encoding=encoding, errors="replace")
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except OSError as error:
        # The reader (head, less) has gone, or the disk is full: nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"{error.strerror or error}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
