"""`tingzhen db`: which revision the databases have, and bringing them up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer

from tingzhen.errors import TingzhenError
from tingzhen.serving.commands.errors import settings_or_stop, stop_with

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tingzhen.serving.migrations import TreeName

_TREES: "Final[tuple[TreeName, ...]]" = ("records", "cases")
db = typer.Typer(
    name="db",
    help="Revisions of the databases. 数据库的版本。",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@db.command()
def current() -> None:
    """Show the revision of each database; exit status 1 where one is not the newest. 当前版本。"""
    from tingzhen.serving.migrations import landed_revision, tree  # noqa: PLC0415 - only here

    newest = True
    for name in _TREES:
        with _database(name) as engine, engine.connect() as connection:
            found = landed_revision(connection, name)
        typer.echo(f"{name}  {found or '-'}  newest {tree(name).head}")
        newest = newest and found == tree(name).head
    if not newest:
        raise typer.Exit(1)


@db.command()
def upgrade() -> None:
    """Bring both databases up to date, as the service does when it starts. 升级。"""
    from tingzhen.serving import migrations  # noqa: PLC0415 - only here

    for name in _TREES:
        with _database(name) as engine:
            before = migrations.upgrade(engine, name)
        typer.echo(f"{name}  {before or '-'} -> {migrations.tree(name).head}")


@contextmanager
def _database(name: "TreeName") -> "Iterator[Engine]":
    """The database of a tree; an error for people ends the command with status 2."""
    from tingzhen.serving.records import open_records  # noqa: PLC0415 - only here
    from tingzhen.serving.records.database import reported  # noqa: PLC0415 - only here

    settings = settings_or_stop()
    try:
        engine = open_records(settings.records_url() if name == "records" else settings.cases_url())
        try:
            with reported():
                yield engine
        finally:
            engine.dispose()
    except TingzhenError as error:
        stop_with(error)
