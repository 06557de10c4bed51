"""Blocks that the terminal report is built of: headings, indented lines, bars, pairs."""

import unicodedata
from collections.abc import Iterable

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from tingzhen.language import Language
from tingzhen.serving.line_breaks import Paragraph
from tingzhen.serving.report.phrases import percent, phrase

BAR_CELLS = 16


def visible(text: str) -> str:
    """`text` with control and direction characters replaced, so that a file name cannot drive
    the terminal."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c
        for c in text
    )


def heading(key: str, language: Language) -> RenderableType:
    return Padding(Styled(phrase(key, language), "bold cyan"), (1, 0, 0, 0))


def indented(content: RenderableType, by: int = 2) -> RenderableType:
    shown = Paragraph(content) if isinstance(content, Styled) else content
    return Padding(shown, (0, 0, 0, by))


def bars(rows: Iterable[tuple[str, float]], language: Language) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, probability in rows:
        filled = round(min(1.0, probability) * BAR_CELLS)
        bar = Styled.assemble(("█" * filled, "cyan"), ("░" * (BAR_CELLS - filled), "dim"))
        table.add_row(name, bar, percent(probability, language))
    return indented(table)


def pairs(rows: Iterable[tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for label, value in rows:
        table.add_row(label, Paragraph(Styled(visible(value))))
    return table
