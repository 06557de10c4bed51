"""`tingzhen kb`: check, draw, export and import knowledge bases."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tingzhen.errors import TingzhenError
from tingzhen.language import Language
from tingzhen.serving.command_errors import settings_or_stop, stop_with

if TYPE_CHECKING:
    from tingzhen.diagnosis.knowledge_files import Finding

BASE = typer.Argument(
    metavar="[BASE]",
    help="Folder of .yaml files, folder of .csv sheets, or .json file; "
    "without it TINGZHEN_KNOWLEDGE, else the shipped base.",
    show_default=False,
)
LANG = typer.Option(help="Language of what is said: zh or en.")
kb = typer.Typer(
    name="kb",
    help="Check, draw, import and export knowledge bases. 检查、绘制、导入、导出知识库。",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@kb.command()
def check(
    base: Annotated[Path | None, BASE] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    lang: Annotated[Language | None, LANG] = None,
) -> None:
    """Say everything that is wrong with a base. 列出知识库中的所有问题。"""
    from tingzhen.diagnosis.knowledge_check import check_documents  # noqa: PLC0415 - only here
    from tingzhen.diagnosis.knowledge_files import read_base  # noqa: PLC0415 - only here

    path, speak = _base_and_language(base, lang)
    try:
        documents, unreadable = read_base(path)
    except TingzhenError as error:
        stop_with(error)
    findings = [*unreadable, *check_documents(documents).findings]
    if as_json:
        _print_json(path, findings, speak)
    else:
        _print_lines(path, findings, speak)
    raise typer.Exit(1 if findings else 0)


def _base_and_language(base: Path | None, lang: Language | None) -> tuple[Path, Language]:
    from tingzhen.diagnosis import KNOWLEDGE_DIR  # noqa: PLC0415 - only when needed
    from tingzhen.serving.settings import default_language  # noqa: PLC0415 - only when needed

    settings = settings_or_stop()
    return base or settings.knowledge or KNOWLEDGE_DIR, lang or default_language(settings)


def _print_json(path: Path, findings: Sequence["Finding"], language: Language) -> None:
    listed = [
        {"code": found.code, "level": found.level, "file": found.place.file,
         "line": found.place.line, "column": found.place.column,
         "message": found.text.to(language)}
        for found in findings
    ]  # fmt: skip
    report = {"schema": "tingzhen.knowledge_check/1", "base": str(path), "findings": listed}
    typer.echo(json.dumps(report, ensure_ascii=False))


def _print_lines(path: Path, findings: Sequence["Finding"], language: Language) -> None:
    for found in findings:
        typer.echo(f"{found.line().to(language)}  [{found.code}]")
    errors = sum(found.level == "error" for found in findings)
    warnings = len(findings) - errors
    if language == "zh":
        typer.echo(
            f"{path}：{errors} 个错误，{warnings} 个警告" if findings else f"{path}：没有问题"
        )
    else:
        typer.echo(
            f"{path}: {errors} errors, {warnings} warnings" if findings else f"{path}: clean"
        )
