"""`tingzhen guide REPORT.json`: from a report to the right repair, step by step."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tingzhen.errors import CasesUnavailable, SessionUnavailable, SettingsError, TingzhenError
from tingzhen.language import Language, Text
from tingzhen.serving.commands.errors import settings_or_stop, stop_with

if TYPE_CHECKING:
    from rich.console import Console

    from tingzhen.serving.guide.sessions import GuidedSessions, Look
    from tingzhen.serving.settings import Settings
    from tingzhen.serving.terminal.guide_dialogue import Ask

MOST_ANSWER_BYTES = 1_000_000


def guide(
    report: Annotated[
        Path, typer.Argument(metavar="REPORT.json", help="A report, as `diagnose --json` gives.")
    ],
    context: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Circumstances: vehicle, when, complaint, codes."),
    ] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of the session.")] = None,
    session: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File that keeps the session; gone on with if there."),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Answers, one a line, instead of the keyboard."),
    ] = None,
) -> None:
    """Lead from a report to the right repair. 引导技师一步步找到正确的维修。"""
    settings = settings_or_stop()
    try:
        lines = _lines_of(answers) if answers is not None else None
        _guide(settings, report, context, lang, session, lines)
    except TingzhenError as error:
        stop_with(error)


def _guide(  # noqa: PLR0917 - the options of the command
    settings: "Settings",
    report: Path,
    context: Path | None,
    lang: Language | None,
    file: Path | None,
    answers: Iterator[str] | None,
) -> None:
    from rich.console import Console  # noqa: PLC0415 - only this command needs it

    from tingzhen.diagnosis import Circumstances  # noqa: PLC0415 - see above
    from tingzhen.serving.context import read_context  # noqa: PLC0415 - see above
    from tingzhen.serving.guide.subject import subject_of  # noqa: PLC0415 - see above
    from tingzhen.serving.report.findings import parse_report, read_report  # noqa: PLC0415 - see above
    from tingzhen.serving.settings import default_language  # noqa: PLC0415 - see above
    from tingzhen.serving.terminal.guide_dialogue import hold  # noqa: PLC0415 - see above

    language = lang or default_language(settings)
    console = Console(highlight=False)
    content = read_report(report)
    circumstances = Circumstances() if context is None else read_context(context)
    source = hashlib.sha256(content + circumstances.model_dump_json().encode()).hexdigest()
    path = file or settings.data_dir / "sessions" / f"{source[:16]}.sqlite3"
    sessions = _open(settings, path)
    try:
        look = _resumed(sessions, source, path)
        if look is None:
            findings = parse_report(content, settings)
            base = sessions.bench.knowledge
            look = sessions.create(subject_of(settings, base, findings, circumstances, source))
        ask = _scripted(answers) if answers is not None else _keyboard(console)
        look = hold(sessions, look, console=console, ask=ask, language=language)
        _say_goodbye(console, sessions, look, path, language)
    finally:
        sessions.close()


def _open(settings: "Settings", path: Path) -> "GuidedSessions":
    from tingzhen.diagnosis import load_knowledge  # noqa: PLC0415 - only this command needs it
    from tingzhen.diagnosis.troubleshooting.prices import Prices  # noqa: PLC0415 - see above
    from tingzhen.diagnosis.troubleshooting.session_log import open_log  # noqa: PLC0415 - see above
    from tingzhen.serving.cases.in_use import open_store  # noqa: PLC0415 - see above
    from tingzhen.serving.guide.sessions import GuidedSessions  # noqa: PLC0415 - see above

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SessionUnavailable(
            Text(f"无法建立文件夹 {path.parent}。请用 --session 指定文件。",
                 f"The folder {path.parent} cannot be made. Name a file with --session.")
        ) from error  # fmt: skip
    return GuidedSessions(
        lambda: load_knowledge(settings.knowledge),
        Prices(labour_cny_per_min=settings.labour_cny_per_min),
        open_log(f"sqlite:///{path}"), lambda: open_store(settings.cases_url()),
    )  # fmt: skip


def _resumed(sessions: "GuidedSessions", source: str, path: Path) -> "Look | None":
    """The session that the file keeps; None where it is new."""
    ids = sessions.ids()
    if not ids:
        return None
    look = sessions.look(ids[0])
    if look.session.subject.source != source:
        raise SessionUnavailable(
            Text(f"{path} 保存的是另一份报告或情况说明的会话。请用 --session 指定别的文件。",
                 f"{path} keeps a session about another report or context. Name another file with "
                 "--session.")
        )  # fmt: skip
    return look


def _keyboard(console: "Console") -> "Ask":
    def ask() -> str | None:
        try:
            return console.input("> ", markup=False)
        except EOFError:
            return None

    return ask


def _scripted(lines: Iterator[str]) -> "Ask":
    return lambda: next(lines, None)


def _lines_of(path: Path) -> Iterator[str]:
    """Raises SettingsError where the file cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_ANSWER_BYTES)
    except OSError as error:
        raise SettingsError(
            Text(f"答案文件无法读取：{path}。", f"The file of answers cannot be read: {path}.")
        ) from error
    return iter(content.decode("utf-8", errors="replace").splitlines())


def _say_goodbye(
    console: "Console", sessions: "GuidedSessions", look: "Look", path: Path, language: Language
) -> None:
    """Where it is kept; of an ended session, the case."""
    from tingzhen.serving.guide.view import case_as_dict  # noqa: PLC0415 - see above
    from tingzhen.serving.terminal.guide import word  # noqa: PLC0415 - only this command needs it

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    if not look.session.ended:
        say(word("kept", language, path=path))
        return
    case_path = path.with_suffix(".case.json")
    record = sessions.case(look.kept.id, language)
    text = json.dumps(case_as_dict(record), ensure_ascii=False, indent=2) + "\n"
    try:
        case_path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SessionUnavailable(
            Text(f"案例无法写入 {case_path}：{error.strerror}。",
                 f"The case cannot be written to {case_path}: {error.strerror}.")
        ) from error  # fmt: skip
    say(word("case", language, path=case_path))
    try:
        sessions.keep_case(record)
    except CasesUnavailable as error:
        # The session and the case's file are safe; the next run of the command keeps it.
        say(word("case_not_kept", language, why=error.message(language)))
        raise typer.Exit(1) from error
    say(word("case_kept", language))
