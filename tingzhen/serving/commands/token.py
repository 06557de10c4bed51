"""`tingzhen token`: make tokens for the HTTP interface, list them, take them back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from tingzhen.errors import TingzhenError
from tingzhen.serving.commands.errors import settings_or_stop, stop_with

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tingzhen.serving.records import AccessToken

DAYS = 90
token = typer.Typer(
    name="token",
    help="Tokens that open the HTTP interface. HTTP 接口的令牌。",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@token.command()
def create(  # noqa: PLR0917 - one for each option of the command
    subject: Annotated[
        str, typer.Option(metavar="KEY", help="Whose it is: a key such as t017, no name.")
    ],
    role: Annotated[str, typer.Option(help="owner, technician, engineer or admin.")],
    workshop: Annotated[
        str | None, typer.Option(metavar="KEY", help="Key of the workshop; technicians need one.")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="Only this action, such as clips.read or clips.*; several times."),
    ] = None,
    days: Annotated[int, typer.Option(min=0, max=3650, help="Days it is valid; 0: always.")] = DAYS,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What it is for; no names.")] = "",
    link: Annotated[
        bool, typer.Option("--link", help="Print a link that signs in on a phone.")
    ] = False,
) -> None:
    """Make a token and print it. It is shown this once. 新建令牌，只显示一次。"""
    from tingzhen.serving.access.tokens import create_token  # noqa: PLC0415 - only here

    with _records() as records:
        made = create_token(
            records, subject=subject, role=role, workshop=workshop, scopes=scope or (),
            valid_for=timedelta(days=days) if days else None, note=note,
        )  # fmt: skip
    typer.echo(_link(made.text) if link else made.text)


@token.command(name="list")
def list_(
    show_all: Annotated[bool, typer.Option("--all", help="Expired and revoked ones too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """List tokens by their ids; secrets are kept nowhere. 列出令牌。"""
    import json  # noqa: PLC0415 - only here

    from tingzhen.serving.access.tokens import list_tokens  # noqa: PLC0415 - only here

    now = datetime.now(UTC)
    with _records() as records:
        found = [row for row in list_tokens(records) if show_all or _state(row, now) == "valid"]
    for row in found:
        line = {
            "id": row.id, "subject": row.subject, "role": row.role, "workshop": row.workshop,
            "scopes": row.scopes, "state": _state(row, now), "created_at": _day(row.created_at),
            "expires_at": _day(row.expires_at), "last_used_at": _day(row.last_used_at),
            "note": row.note,
        }  # fmt: skip
        if as_json:
            typer.echo(json.dumps(line, ensure_ascii=False))
            continue
        shown = [row.id, row.subject, row.role, row.workshop or "-", _state(row, now),
                 f"until {_day(row.expires_at) or 'revoked'}",
                 f"last used {_day(row.last_used_at) or 'never'}",
                 " ".join(row.scopes), row.note]  # fmt: skip
        typer.echo("  ".join(part for part in shown if part))


@token.command()
def revoke(
    token_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the token, as listed, or all of it.")
    ],
) -> None:
    """Take a token back: it opens nothing from now on. 收回令牌，立即生效。"""
    from tingzhen.serving.access.tokens import revoke_token  # noqa: PLC0415 - only here

    with _records() as records:
        revoke_token(records, token_id)


def _link(text: str) -> str:
    """The token stands behind #: browsers keep that to themselves, so no log has it."""
    settings = settings_or_stop()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{settings.public_url or f'http://{host}:{settings.port}'}/login#{text}"


@contextmanager
def _records() -> "Iterator[Engine]":
    """The database of the service; an error for people ends the command with status 2."""
    from tingzhen.serving.records import open_records  # noqa: PLC0415 - only with a command
    from tingzhen.serving.records.schema import upgrade_records  # noqa: PLC0415 - see above

    settings = settings_or_stop()
    try:
        records = open_records(settings.records_url())
        try:
            upgrade_records(records)
            yield records
        finally:
            records.dispose()
    except TingzhenError as error:
        stop_with(error)


def _state(row: "AccessToken", now: datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= now else "valid"


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="minutes")
