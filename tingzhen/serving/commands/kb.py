"""`tingzhen kb`: check, draw, export and import knowledge bases."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tingzhen.errors import KnowledgeError, TingzhenError
from tingzhen.language import Language, Text
from tingzhen.serving.commands.errors import settings_or_stop, stop_with

if TYPE_CHECKING:
    from tingzhen.diagnosis.knowledge_files import Finding

BASE = typer.Argument(
    metavar="[BASE]",
    help="Folder of .yaml files, folder of .csv sheets, or .json file; "
    "without it TINGZHEN_KNOWLEDGE, else the shipped base.",
    show_default=False,
)
FORCE = typer.Option("--force", help="Replace what is there.")
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


@kb.command()
def draw(
    wanted: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="Id of a gate, noise, damage, system or fault; or kind:id.",
            show_default=False,
        ),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the drawings.")],
    everything: Annotated[bool, typer.Option("--all", help="Draw all there is.")] = False,
    base: Annotated[Path | None, typer.Option(help="Base to draw from.", metavar="BASE")] = None,
    lang: Annotated[Language | None, LANG] = None,
) -> None:
    """Draw fault trees, causes and faults as SVG. 把故障树、原因与故障画成 SVG。"""
    from tingzhen.diagnosis import load_knowledge  # noqa: PLC0415 - only here
    from tingzhen.diagnosis.knowledge_drawing import (  # noqa: PLC0415 - only here
        contents_page,
        drawable,
        find_drawable,
        heading,
    )
    from tingzhen.diagnosis.knowledge_drawing import draw as draw_one  # noqa: PLC0415

    if (wanted is None) != everything:
        raise typer.BadParameter("give one ID, or --all.")
    path, speak = _base_and_language(base, lang)
    try:
        knowledge = load_knowledge(path)
        things = drawable(knowledge) if wanted is None else [find_drawable(knowledge, wanted)]
        written, headings = 0, {}
        out.mkdir(parents=True, exist_ok=True)
        for kind, id_ in things:
            drawn = draw_one(knowledge, kind, id_, speak)
            headings[next(iter(drawn))] = heading(knowledge, kind, id_, speak)
            for name, svg in drawn.items():
                (out / name).write_text(svg, encoding="utf-8")
                written += 1
        if everything:
            page = contents_page(headings, speak)
            (out / "index.html").write_text(page, encoding="utf-8")
    except TingzhenError as error:
        stop_with(error)
    except OSError as error:
        stop_with(_unwritable(out, error))
    typer.echo(f"{out}：{written} 张图" if speak == "zh" else f"{out}: {written} drawings")


@kb.command("export")
def export_base(
    base: Annotated[Path | None, BASE] = None,
    *,
    out: Annotated[Path, typer.Option(metavar="PATH", help="Folder, for json a file.")],
    kind: Annotated[str, typer.Option("--format", metavar="yaml|json|csv", help="Format.")],
    force: Annotated[bool, FORCE] = False,
    json_schema: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the JSON Schema of the json format here, too."),
    ] = None,
    lang: Annotated[Language | None, LANG] = None,
) -> None:
    """Write a base in another format. 以另一种格式导出知识库。"""
    from tingzhen.diagnosis.knowledge_files import (  # noqa: PLC0415 - only here
        json_base_schema,
        write_json,
    )

    path, speak = _base_and_language(base, lang)
    _convert(path, out, kind, speak, force)
    if json_schema is not None:
        try:
            json_schema.write_text(write_json(json_base_schema()), encoding="utf-8")
        except OSError as error:
            stop_with(_unwritable(json_schema, error))


@kb.command("import")
def import_base(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="Folder of .csv sheets, folder of .yaml files, or .json file.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the .yaml files.")],
    force: Annotated[bool, FORCE] = False,
    lang: Annotated[Language | None, LANG] = None,
) -> None:
    """Make a base of .yaml files from sheets or JSON. 从表格或 JSON 导入知识库。"""
    path, speak = _base_and_language(source, lang)
    _convert(path, out, "yaml", speak, force)


def _convert(path: Path, out: Path, kind: str, language: Language, force: bool) -> None:
    """A base with errors is not written: they are listed, and the exit status is 1."""
    from tingzhen.diagnosis.knowledge_check import check_documents  # noqa: PLC0415 - only here
    from tingzhen.diagnosis.knowledge_files import (  # noqa: PLC0415 - only here
        FORMATS,
        read_base,
        write_base,
    )

    wanted = next((known for known in FORMATS if known == kind), None)
    if wanted is None:
        raise typer.BadParameter(f"{kind!r} is not one of {', '.join(FORMATS)}.")
    try:
        documents, unreadable = read_base(path)
        findings = [*unreadable, *check_documents(documents).findings]
        if findings:
            _print_lines(path, findings, language)
        if any(found.level == "error" for found in findings):
            typer.echo("没有写入任何文件。" if language == "zh" else "Nothing was written.")
            raise typer.Exit(1)
        write_base(documents, out, wanted, language, force)
    except TingzhenError as error:
        stop_with(error)
    faults = sum(len(document.data.get("faults", ())) for document in documents)
    tests = sum(len(document.data.get("tests", ())) for document in documents)
    typer.echo(
        f"{out}：{faults} 个故障，{tests} 项检查"
        if language == "zh"
        else f"{out}: {faults} faults, {tests} tests"
    )


def _unwritable(path: Path, error: OSError) -> TingzhenError:
    return KnowledgeError(
        Text(f"无法写入 {path}：{error.strerror}。", f"{path} cannot be written: {error.strerror}.")
    )


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
    if not findings:
        typer.echo(f"{path}：没有问题" if language == "zh" else f"{path}: nothing is wrong")
    elif language == "zh":
        typer.echo(f"{path}：{errors} 个错误，{warnings} 个警告")
    else:
        typer.echo(f"{path}: errors {errors}, warnings {warnings}")
