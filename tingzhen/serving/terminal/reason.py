"""A diagnosis of given findings in the terminal, and what each piece of evidence did to it."""

from collections.abc import Iterable
from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text as Styled

from tingzhen.diagnosis.explanation import Explanation
from tingzhen.language import Language
from tingzhen.serving.reason import Reasoned
from tingzhen.serving.report.phrases import percent, phrase
from tingzhen.serving.terminal.blocks import heading, indented, visible
from tingzhen.serving.terminal.diagnosis import causes_block, next_block, plan_block

_COLUMNS: Final = 4


def print_reasoned(console: Console, reasoned: Reasoned, language: Language) -> None:
    """Whether to drive on, causes, next test and plan; the explanation where there is one."""
    diagnosis = reasoned.diagnosis
    console.print(Styled(phrase(f"drive_{diagnosis.drive}", language), "bold"))
    for block in (
        causes_block(diagnosis, language),
        next_block(diagnosis.next_test, language),
        plan_block(diagnosis, language),
        _explanation(reasoned.explanation, language),
    ):
        for part in block:
            console.print(part)


def _explanation(explanation: Explanation | None, language: Language) -> Iterable[RenderableType]:
    if explanation is None or not explanation.causes:
        return
    yield heading("explained", language)
    yield indented(Styled(phrase("explained_hint", language), "dim"))
    for number, name in enumerate(explanation.names[:_COLUMNS], start=1):
        yield indented(Styled(f"[{number}] {name.to(language)}"))
    yield indented(_table(explanation, language))
    if explanation.missing:
        yield heading("not_known", language)
    names = dict(zip(explanation.causes, explanation.names, strict=True))
    for one in explanation.missing:
        then = names[one.first_then].to(language) if one.first_then in names else one.first_then
        yield indented(
            Styled(f"{one.text.to(language)} → {then}  ({percent(one.change, language)})")
        )
    if explanation.error > 0.0:
        error = percent(explanation.error, language)
        yield indented(Styled(phrase("bounded_error", language, p=error), "dim"))


def _table(explanation: Explanation, language: Language) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("", overflow="fold")
    for number in range(1, min(len(explanation.causes), _COLUMNS) + 1):
        table.add_column(f"[{number}]", justify="right", no_wrap=True)
    before = [f"{odds:+.2f}" for odds in explanation.log_odds_before[:_COLUMNS]]
    table.add_row(phrase("before_evidence", language), *before, style="dim")
    for one in explanation.influences:
        weights = [f"{weight:+.2f}" for weight in one.weights[:_COLUMNS]]
        table.add_row(Styled(visible(one.text.to(language))), *weights)
    after = [f"{odds:+.2f}" for odds in explanation.log_odds[:_COLUMNS]]
    table.add_row(phrase("after_evidence", language), *after, style="bold")
    return table
