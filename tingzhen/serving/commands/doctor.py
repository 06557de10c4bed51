"""`tingzhen doctor`: what confines the decoder on this machine, tried out."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tingzhen.errors import ClipError
from tingzhen.serving.commands.errors import stop_with

if TYPE_CHECKING:
    from tingzhen.media import Layer
    from tingzhen.media.sandbox.trial import Attempt


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what confines the decoder here, and try it out. 检查本机对解码器的隔离。"""
    from tingzhen.media import shared_decoder  # noqa: PLC0415 - only here
    from tingzhen.media.sandbox import missing  # noqa: PLC0415 - only here
    from tingzhen.media.sandbox.trial import ATTEMPTS, NEEDED, try_out  # noqa: PLC0415 - only here

    try:
        layers = shared_decoder().layers()
    except ClipError as error:
        stop_with(error)
    attempts = [try_out(name, attempt) for name, attempt in ATTEMPTS.items()]
    needed = [try_out(name, attempt) for name, attempt in NEEDED.items()]
    holds = (
        not missing(layers)
        and all(attempt.outcome in {"killed", "refused"} for attempt in attempts)
        and all(attempt.outcome == "done" for attempt in needed)
    )
    if as_json:
        found = {
            "holds": holds,
            "layers": [asdict(layer) for layer in layers],
            "attempts": [asdict(attempt) for attempt in attempts],
            "needed": [asdict(attempt) for attempt in needed],
        }
        typer.echo(json.dumps(found))
    else:
        for line in _lines(layers, [*attempts, *needed], holds):
            typer.echo(line)
    raise typer.Exit(0 if holds else 1)


def _lines(layers: "tuple[Layer, ...]", attempts: "list[Attempt]", holds: bool) -> list[str]:
    return [
        "What confines a process that decodes a clip:",
        *(f"  {'in force' if one.in_force else 'ABSENT':8}  {one.name:12}  {one.detail}"
          for one in layers),
        "What such a process can do (tried just now):",
        *(f"  {one.outcome:8}  {one.name}" for one in attempts),
        "The decoder is confined. 解码器已被隔离。" if holds
        else "The decoder is NOT confined as it should be. 解码器未被充分隔离。",
    ]  # fmt: skip
