"""`tingzhen reason REPORT.json`: the diagnosis for given findings, without a clip."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tingzhen.errors import TingzhenError
from tingzhen.language import Language
from tingzhen.serving.commands.errors import settings_or_stop, stop_with

if TYPE_CHECKING:
    from tingzhen.diagnosis import Circumstances
    from tingzhen.serving.reason import Reasoned
    from tingzhen.serving.settings import Settings

NO_DIAGNOSIS = 1


def reason(
    report: Annotated[
        Path,
        typer.Argument(
            metavar="REPORT.json", help="A report, or only its `noise` and `damage`, or {}."
        ),
    ],
    context: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Circumstances: vehicle, when, complaint, codes."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the diagnosis as JSON.")] = False,
    lang: Annotated[Language | None, typer.Option(help="Language of the texts.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also show what each piece of evidence did.")
    ] = False,
) -> None:
    """Say what given findings mean, without a clip. 根据已有的检测结果诊断。"""
    settings = settings_or_stop()
    from tingzhen.diagnosis import Circumstances  # noqa: PLC0415 - only this command needs it
    from tingzhen.serving.context import read_context  # noqa: PLC0415 - see above
    from tingzhen.serving.settings import default_language  # noqa: PLC0415 - see above

    language = lang or default_language(settings)
    try:
        circumstances = Circumstances() if context is None else read_context(context)
    except TingzhenError as error:
        stop_with(error)
    try:
        reasoned = _reasoned(settings, report, circumstances, explain)
    except TingzhenError as error:
        _print_error(report.name or str(report), error, language, as_json=as_json)
        raise typer.Exit(NO_DIAGNOSIS) from error
    _print(reasoned, language, as_json=as_json)


def _reasoned(
    settings: "Settings", report: Path, circumstances: "Circumstances", explained: bool
) -> "Reasoned":
    from tingzhen.diagnosis import load_knowledge  # noqa: PLC0415 - only this command needs it
    from tingzhen.serving.cases.in_use import FrequenciesInUse  # noqa: PLC0415 - see above
    from tingzhen.serving.experience.in_use import RulesInUse  # noqa: PLC0415 - see above
    from tingzhen.serving.reason import reason as reason_about  # noqa: PLC0415 - see above
    from tingzhen.serving.report.findings import parse_report, read_report  # noqa: PLC0415 - see above

    findings = parse_report(read_report(report), settings)
    knowledge = load_knowledge(settings.knowledge)
    rules, frequencies = RulesInUse(settings), FrequenciesInUse(settings)
    try:
        return reason_about(
            knowledge, findings, circumstances, rules=rules, frequencies=frequencies,
            explained=explained,
        )  # fmt: skip
    finally:
        rules.close()
        frequencies.close()


def _print(reasoned: "Reasoned", language: Language, *, as_json: bool) -> None:
    if as_json:
        from tingzhen.serving.reason import reasoned_as_dict  # noqa: PLC0415 - see above

        _write_json(json.dumps(reasoned_as_dict(reasoned, language), ensure_ascii=False))
        return
    from rich.console import Console  # noqa: PLC0415 - see above

    from tingzhen.serving.terminal.reason import print_reasoned  # noqa: PLC0415 - see above

    print_reasoned(Console(highlight=False, soft_wrap=False), reasoned, language)


def _print_error(name: str, error: TingzhenError, language: Language, *, as_json: bool) -> None:
    from rich.console import Console  # noqa: PLC0415 - see above

    from tingzhen.serving.report.build import build_error  # noqa: PLC0415 - see above
    from tingzhen.serving.terminal.report import print_error  # noqa: PLC0415 - see above

    shown = build_error(name, error, language)
    if as_json:
        _write_json(shown.to_json())
    else:
        print_error(Console(highlight=False, soft_wrap=False), shown, language)


def _write_json(line: str) -> None:
    sys.stdout.buffer.write((line + "\n").encode())  # JSON is UTF-8 whatever the locale says
    sys.stdout.flush()
