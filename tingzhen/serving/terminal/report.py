"""The report for a terminal, readable at 80 columns, in zh or en."""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text as Styled

from tingzhen.language import Language
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.line_breaks import Paragraph
from tingzhen.serving.report.model import ErrorReport
from tingzhen.serving.report.phrases import frequency_band, percent, phrase, seconds
from tingzhen.serving.report.summary import (
    clip_facts,
    headline,
    heard,
    seen,
    shown_in,
    sureness,
    told,
)
from tingzhen.serving.terminal.blocks import bars, heading, indented, visible
from tingzhen.serving.terminal.diagnosis import causes_block, next_block, plan_block
from tingzhen.vision import damage_name

DRIVE_STYLE = {"stop": "bold white on red", "soon": "bold black on yellow",
               "ok": "bold black on green", "unknown": "bold black on white"}  # fmt: skip
TYPES_SHOWN = 4
EVENTS_SHOWN = 12


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
    yield from causes_block(analysis.diagnosis, language)
    yield from next_block(diagnosis.next_test, language)
    yield from plan_block(analysis.diagnosis, language)
    rows = told(analysis.circumstances, language)
    if rows:
        yield heading("circumstances", language)
        yield from (indented(Styled(f"{label}: {visible(value)}")) for label, value in rows)
    yield from _small_print(analysis, language)


def _headline(analysis: Analysis, language: Language) -> RenderableType:
    line = Styled(headline(analysis, language), "bold")
    sure = sureness(analysis, language)
    return Group(Paragraph(line), Paragraph(Styled(sure))) if sure else Paragraph(line)


def _quality(analysis: Analysis, language: Language) -> Iterable[RenderableType]:
    if not analysis.quality:
        return
    yield heading("quality", language)
    for fact in analysis.quality:
        yield indented(Styled(f"! {fact.message.to(language)}", "yellow"))
        yield indented(Styled(f"→ {fact.advice.to(language)}"), 4)


def _sound(analysis: Analysis, language: Language) -> Iterable[RenderableType]:
    noise = analysis.noise
    if noise.verdict == "no_audio":
        return
    yield heading("noise_types", language)
    scores = [(noise.name(s.type).to(language), s.probability) for s in noise.types]
    yield bars(scores[:TYPES_SHOWN], language)
    if noise.events:
        yield heading("events", language)
    for event in noise.events[:EVENTS_SHOWN]:
        facts = (
            f"{seconds(event.start_s)}–{seconds(event.end_s)} s",
            noise.name(event.type).to(language),
            percent(event.probability, language),
            frequency_band(event.low_hz, event.high_hz, language),
        )
        yield indented(Styled("  ".join(filter(None, facts))))
    more = len(noise.events) - EVENTS_SHOWN
    if more > 0:
        yield indented(Styled(phrase("more_events", language, n=more), "dim"))


def _pictures(analysis: Analysis, language: Language) -> Iterable[RenderableType]:
    damage = analysis.damage
    if damage.verdict == "no_video":
        return
    yield heading("damage_types", language)
    scores = [(damage_name(s.type).to(language), s.probability) for s in damage.types]
    yield bars(scores[:TYPES_SHOWN], language)
    if damage.findings:
        yield heading("findings", language)
    photo = analysis.clip.kind == "photo"
    for finding in damage.findings:
        key = "the_photo" if photo else "frame_at"
        where = phrase(key, language, s=seconds(finding.time_s))
        facts = (
            where,
            damage_name(finding.type).to(language),
            percent(finding.probability, language),
            "" if photo else shown_in(finding, language),
        )
        yield indented(Styled("  ".join(filter(None, facts))))


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
