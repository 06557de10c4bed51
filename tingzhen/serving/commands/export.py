"""`tingzhen export-owner`: all that the service keeps of one owner, in one file."""

from pathlib import Path
from typing import Annotated

import typer

from tingzhen.errors import TingzhenError
from tingzhen.serving.commands.errors import settings_or_stop, stop_with


def export_owner(
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="Whose: the key that the tokens have.")
    ],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="ZIP file to write; it must not be there yet.")
    ],
    originals: Annotated[
        bool,
        typer.Option("--originals", help="The clips as they were sent too, with voices and faces."),
    ] = False,
) -> None:
    """Write all data of one owner into a ZIP file. 导出一个车主的全部数据。"""
    from tingzhen.serving.privacy import export  # noqa: PLC0415 - only here
    from tingzhen.serving.service import build_service  # noqa: PLC0415 - only here

    settings = settings_or_stop()
    try:
        service = build_service(settings)
        try:
            written = export.export_owner(service, subject, file, originals=originals)
        finally:
            service.close()
    except TingzhenError as error:
        stop_with(error)
    typer.echo(f"{written.clips} clips, {written.files} files, {written.size_bytes} bytes")
