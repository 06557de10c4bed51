"""How a command ends that cannot go on: a sentence for people, and an exit status."""

from typing import TYPE_CHECKING, Final, NoReturn

import typer

from tingzhen.errors import SettingsError, TingzhenError

if TYPE_CHECKING:
    from tingzhen.serving.settings import Settings

WRONG_USAGE: Final = 2


def stop_with(error: TingzhenError, status: int = WRONG_USAGE) -> NoReturn:
    """Say what is wrong on standard error, in both languages, and end the command."""
    typer.echo(f"{error.code}: {error.text.en}\n{error.text.zh}", err=True)
    raise typer.Exit(status) from error


def settings_or_stop() -> "Settings":
    """The settings from the environment; a wrong one ends the command."""
    from tingzhen.serving.settings import load_settings  # noqa: PLC0415 - only when needed

    try:
        return load_settings()
    except SettingsError as error:
        stop_with(error)
