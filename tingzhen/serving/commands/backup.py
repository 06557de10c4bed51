"""`tingzhen backup` and `tingzhen restore`: all that the service keeps, in one file and back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tingzhen.errors import TingzhenError
from tingzhen.serving.commands.errors import settings_or_stop, stop_with


def backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File to write; it must not be there yet.")
    ],
) -> None:
    """Write database, cases and files into one file, while the service runs. 备份。"""
    from tingzhen.serving.backup import back_up  # noqa: PLC0415 - only here

    settings = settings_or_stop()
    try:
        with _progress() as share:
            saved = back_up(settings, file, share)
    except TingzhenError as error:
        stop_with(error)
    typer.echo(
        f"{saved.clips} clips, {saved.cases} cases, {saved.files} files, {saved.size_bytes} bytes"
    )
    for key in saved.missing:
        typer.echo(f"missing in the file store 存储中缺少: {key}", err=True)
    if saved.missing:
        raise typer.Exit(1)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
) -> None:
    """Bring a backup into an empty place, which the settings name. 恢复到空的位置。"""
    from tingzhen.serving import backup as backups  # noqa: PLC0415 - only here

    settings = settings_or_stop()
    try:
        with _progress() as share:
            restored = backups.restore(settings, file, share)
    except TingzhenError as error:
        stop_with(error)
    typer.echo(
        f"{restored.clips} clips, {restored.cases} cases, {restored.files} files; "
        f"{restored.unfinished} clips are analysed when the service is started"
    )


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """A bar on a terminal's standard error; takes the share that is done, 0 to 1."""
    from rich.console import Console  # noqa: PLC0415 - only here
    from rich.progress import Progress  # noqa: PLC0415 - only here

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda share: progress.update(task, completed=share)
