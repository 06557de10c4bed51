"""The report for a terminal, readable at 80 columns, in zh or en."""

import unicodedata
from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text as Styled

from tingzhen.audio.vocabulary import NOISE_NAMES
from tingzhen.diagnosis.result import Cause, NextTest
from tingzhen.language import Language
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.line_breaks import Paragraph
from tingzhen.serving.phrases import minutes, percent, phrase, seconds
from tingzhen.serving.report_model import ErrorReport
from tingzhen.serving.summary import (
    clip_facts,
    damage_name,
    headline,
    heard,
    seen,
    sureness,
    told,
)

DRIVE_STYLE = {"stop": "bold white on red", "soon": "bold black on yellow",
               "ok": "bold black on green", "unknown": "bold black on white"}  # fmt: skip
BAR_CELLS = 16
TYPES_SHOWN = 4
CAUSES_SHOWN = 4
EVIDENCE_SHOWN = 4
LIKELY_ENOUGH = 0.02


def print_report(console: Console, analysis: Analysis, language: Language) -> None:
    """Write the whole report of one clip."""
    console.print(Group(*_report(analysis, language)))


def print_error(console: Console, error: ErrorReport, language: Language) -> None:
    """Write why a path has no report, and what to do."""
    console.print(Rule(Styled(visible(error.name), "bold"), align="left", style="dim"))
    console.print(
        Styled.assemble(
            (f" {phrase('error', language)} ", "bold white on red"),
            " ",
            visible(error.message),
            (f" ({error.code})", "dim"),
        )
    )
    console.print()


def visible(text: str) -> str:
    """`text` with control and direction characters replaced, so that a file name cannot drive
    the terminal."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c
        for c in text
    )


def _report(analysis: Analysis, language: Language) -> Iterable[RenderableType]:
    clip, diagnosis = analysis.clip, analysis.diagnosis
    yield Rule(Styled(visible(clip.name), "bold"), align="left", style="dim")
    yield Styled(clip_facts(analysis, language), "dim")
    if clip.generated:
        yield Styled(phrase("generated", language), "bold magenta")
    drive = Styled.assemble(
        (f" {phrase(f'drive_{diagnosis.drive}', language)} ", DRIVE_STYLE[diagnosis.drive]),
        " ",
        diagnosis.drive_reason.to(language),
    )
    yield Panel(
        Group(
            _headline(analysis, language),
            Paragraph(Styled(heard(analysis, language))),
            Paragraph(Styled(seen(analysis, language))),
            Paragraph(drive),
        ),
        expand=True,
        padding=(0, 1),
    )
    yield from _quality(analysis, language)
    yield from _sound(analysis, language)
    yield from _pictures(analysis, language)
    yield from _causes(analysis, language)
    yield from _next(diagnosis.next_test, language)
    yield from _plan(analysis, language)
    rows = told(analysis.circumstances, language)
    if rows:
        yield _heading("circumstances", language)
        yield from (_indented(Styled(f"{label}: {visible(value)}")) for label, value in rows)
    yield from _small_print(analysis, language)


def _headline(analysis: Analysis, language: Language) -> RenderableType:
    line = Styled(headline(analysis, language), "bold")
    sure = sureness(analysis, language)
    return Group(Paragraph(line), Paragraph(Styled(sure))) if sure else Paragraph(line)


def _heading(key: str, language: Language) -> RenderableType:
    return Padding(Styled(phrase(key, language), "bold cyan"), (1, 0, 0, 0))


def _indented(content: RenderableType, by: int = 2) -> RenderableType:
    shown = Paragraph(content) if isinstance(content, Styled) else content
    return Padding(shown, (0, 0, 0, by))


def _bars(rows: Iterable[tuple[str, float]], language: Language) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, probability in rows:
        filled = round(min(1.0, probability) * BAR_CELLS)
        bar = Styled.assemble(("█" * filled, "cyan"), ("░" * (BAR_CELLS - filled), "dim"))
        table.add_row(name, bar, percent(probability, language))
    return _indented(table)


def _quality(analysis: Analysis, language: Language) -> Iterable[RenderableType]:
    if not analysis.quality:
        return
    yield _heading("quality", language)
    for fact in analysis.quality:
        yield _indented(Styled(f"! {fact.message.to(language)}", "yellow"))
        yield _indented(Styled(f"→ {fact.advice.to(language)}"), 4)


def _sound(analysis: Analysis, language: Language) -> Iterable[RenderableType]:
    noise = analysis.noise
    if noise.verdict == "no_audio":
        return
    yield _heading("noise_types", language)
    scores = [(NOISE_NAMES[s.type].to(language), s.probability) for s in noise.types]
    yield _bars(scores[:TYPES_SHOWN], language)
    if noise.events:
        yield _heading("events", language)
    for event in noise.events:
        name = NOISE_NAMES[event.type].to(language)
        span = f"{seconds(event.start_s)}–{seconds(event.end_s)} s"
        yield _indented(Styled(f"{span}  {name}  {percent(event.probability, language)}"))


def _pictures(analysis: Analysis, language: Language) -> Iterable[RenderableType]:
    damage = analysis.damage
    if damage.verdict == "no_video":
        return
    yield _heading("damage_types", language)
    scores = [(damage_name(s.type, language), s.probability) for s in damage.types]
    yield _bars(scores[:TYPES_SHOWN], language)
    if damage.findings:
        yield _heading("findings", language)
    photo = analysis.clip.kind == "photo"
    for finding in damage.findings:
        key = "the_photo" if photo else "frame_at"
        where = phrase(key, language, s=seconds(finding.time_s))
        name = damage_name(finding.type, language)
        yield _indented(Styled(f"{where}  {name}  {percent(finding.probability, language)}"))


def _causes(analysis: Analysis, language: Language) -> Iterable[RenderableType]:
    yield _heading("causes", language)
    causes = analysis.diagnosis.causes
    if not causes:
        yield _indented(Styled(phrase("no_causes", language)))
        return
    for rank, cause in enumerate(causes[:CAUSES_SHOWN], start=1):
        yield from _cause(rank, cause, language)
    rest = [c for c in causes[CAUSES_SHOWN:] if c.probability >= LIKELY_ENOUGH]
    if rest:
        listed = [f"{c.name.to(language)} {percent(c.probability, language)}" for c in rest]
        joined = ("；" if language == "zh" else "; ").join(listed)
        words = phrase("other_causes", language)
        yield _indented(Styled(f"{words}{'：' if language == 'zh' else ': '}{joined}", "dim"))


def _cause(rank: int, cause: Cause, language: Language) -> Iterable[RenderableType]:
    severity = phrase(f"severity_{cause.severity}", language)
    yield _indented(
        Styled.assemble(
            f"{rank}. ",
            (cause.name.to(language), "bold"),
            f"  {percent(cause.probability, language)}",
            (f"  {severity}", "red" if cause.severity == "dangerous" else "dim"),
        )
    )
    for item in cause.evidence[:EVIDENCE_SHOWN]:
        sign = "+" if item.weight >= 0 else "−"
        yield _indented(Styled(f"{sign} {visible(item.text.to(language))}"), 5)


def _next(test: NextTest | None, language: Language) -> Iterable[RenderableType]:
    yield _heading("next_test", language)
    if test is None:
        yield _indented(Styled(phrase("no_next_test", language)))
        return
    facts = f"{minutes(test.minutes, language)} · {phrase('risk', language)} " + phrase(
        f"risk_{test.risk}", language
    )
    yield _indented(Styled.assemble((test.name.to(language), "bold"), (f"  {facts}", "dim")))
    comma = "、" if language == "zh" else ", "
    tools = comma.join(tool.to(language) for tool in test.tools) or phrase("no_tools", language)
    rows = [("why", test.why.to(language)), ("how", test.how.to(language)), ("tools", tools)]
    if test.risk_note is not None:
        rows.append(("risk", test.risk_note.to(language)))
    yield _indented(_pairs([(phrase(key, language), value) for key, value in rows]))
    for outcome in test.outcomes:
        names = comma.join(name.to(language) for name in outcome.names) or "–"
        line = f"{outcome.text.to(language)} ({percent(outcome.probability, language)}) → {names}"
        yield _indented(Styled(line), 4)


def _pairs(rows: Iterable[tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for label, value in rows:
        table.add_row(label, Paragraph(Styled(visible(value))))
    return table


def _plan(analysis: Analysis, language: Language) -> Iterable[RenderableType]:
    steps = analysis.diagnosis.plan
    if not steps:
        return
    yield _heading("plan", language)
    for number, step in enumerate(steps, start=1):
        time = "" if step.minutes is None else f"  {minutes(step.minutes, language)}"
        yield _indented(
            Styled.assemble(
                f"{number}. ",
                (phrase(f"step_{step.kind}", language), "dim"),
                " ",
                (step.name.to(language), "bold"),
                (time, "dim"),
            )
        )
        if step.text != step.name:
            yield _indented(Styled(step.text.to(language)), 5)


def _small_print(analysis: Analysis, language: Language) -> Iterable[RenderableType]:
    timing = analysis.timing
    stages = ("decode", "noise", "damage", "diagnosis", "total")
    spent = " · ".join(
        f"{phrase(stage, language)} {getattr(timing, stage):.0f} ms" for stage in stages
    )
    models = " · ".join(
        f"{phrase(key, language)} {info.name} {info.version} ({info.sha256[:8]})"
        for key, info in (
            ("noise_model", analysis.noise_model),
            ("damage_model", analysis.damage_model),
        )
    )
    yield Padding(
        Paragraph(Styled(f"{phrase('limits_text', language)}\n{models}\n{spent}", "dim")),
        (1, 0, 1, 0),
    )
