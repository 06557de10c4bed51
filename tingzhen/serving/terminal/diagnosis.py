"""The diagnosis in the terminal report: causes with their evidence, the next test, the plan."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text as Styled

from tingzhen.diagnosis.result import Cause, Diagnosis, NextTest
from tingzhen.language import Language
from tingzhen.serving.report.phrases import minutes, percent, phrase
from tingzhen.serving.terminal.blocks import heading, indented, pairs, visible

CAUSES_SHOWN = 4
EVIDENCE_SHOWN = 4
LIKELY_ENOUGH = 0.02


def causes_block(diagnosis: Diagnosis, language: Language) -> Iterable[RenderableType]:
    yield heading("causes", language)
    causes = diagnosis.causes
    if not causes:
        yield indented(Styled(phrase("no_causes", language)))
        return
    for rank, cause in enumerate(causes[:CAUSES_SHOWN], start=1):
        yield from _cause(rank, cause, language)
    rest = [c for c in causes[CAUSES_SHOWN:] if c.probability >= LIKELY_ENOUGH]
    if rest:
        listed = [f"{c.name.to(language)} {percent(c.probability, language)}" for c in rest]
        joined = ("；" if language == "zh" else "; ").join(listed)
        words = phrase("other_causes", language)
        yield indented(Styled(f"{words}{'：' if language == 'zh' else ': '}{joined}", "dim"))


def _cause(rank: int, cause: Cause, language: Language) -> Iterable[RenderableType]:
    severity = phrase(f"severity_{cause.severity}", language)
    yield indented(
        Styled.assemble(
            f"{rank}. ",
            (cause.name.to(language), "bold"),
            f"  {percent(cause.probability, language)}",
            (f"  {severity}", "red" if cause.severity == "dangerous" else "dim"),
        )
    )
    for item in cause.evidence[:EVIDENCE_SHOWN]:
        sign = "+" if item.weight >= 0 else "−"
        yield indented(Styled(f"{sign} {visible(item.text.to(language))}"), 5)


def next_block(test: NextTest | None, language: Language) -> Iterable[RenderableType]:
    yield heading("next_test", language)
    if test is None:
        yield indented(Styled(phrase("no_next_test", language)))
        return
    facts = f"{minutes(test.minutes, language)} · {phrase('risk', language)} " + phrase(
        f"risk_{test.risk}", language
    )
    yield indented(Styled.assemble((test.name.to(language), "bold"), (f"  {facts}", "dim")))
    comma = "、" if language == "zh" else ", "
    tools = comma.join(tool.to(language) for tool in test.tools) or phrase("no_tools", language)
    rows = [("why", test.why.to(language)), ("how", test.how.to(language)), ("tools", tools)]
    if test.risk_note is not None:
        rows.append(("risk", test.risk_note.to(language)))
    yield indented(pairs([(phrase(key, language), value) for key, value in rows]))
    for outcome in test.outcomes:
        names = comma.join(name.to(language) for name in outcome.names) or "–"
        line = f"{outcome.text.to(language)} ({percent(outcome.probability, language)}) → {names}"
        yield indented(Styled(line), 4)


def plan_block(diagnosis: Diagnosis, language: Language) -> Iterable[RenderableType]:
    steps = diagnosis.plan
    if not steps:
        return
    yield heading("plan", language)
    for number, step in enumerate(steps, start=1):
        time = "" if step.minutes is None else f"  {minutes(step.minutes, language)}"
        yield indented(
            Styled.assemble(
                f"{number}. ",
                (phrase(f"step_{step.kind}", language), "dim"),
                " ",
                (step.name.to(language), "bold"),
                (time, "dim"),
            )
        )
        if step.text != step.name:
            yield indented(Styled(step.text.to(language)), 5)
