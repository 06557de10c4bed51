"""Line breaks for Chinese and English in one text; rich breaks at spaces only.

Chinese breaks between any two characters, except that closing marks never begin a line and opening
marks never end one (a part of the line-breaking rules of GB/T 15834 and Unicode UAX #14).
"""

import re
from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text as Styled

WIDE: Final = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u2014\u2018-\u201d\u2026"
CLOSING: Final = "，。；：！？、）》】”’…％,.;:!?)%"
OPENING: Final = "（《【“‘("
_PIECE: Final = re.compile(
    rf"[{re.escape(OPENING)}]*(?:[{WIDE}]|[^\s{WIDE}]+)[{re.escape(CLOSING)}]*|\s+|\S"
)


def line_breaks(text: str, width: int) -> list[int]:
    """Offsets in `text` (one paragraph) at which lines of at most `width` cells end."""
    breaks: list[int] = []
    used = 0
    for start, piece in _pieces(text, width):
        length = cell_len(piece)
        # Spaces may hang over the edge: they are cut off there.
        if used and used + length > width and not piece.isspace():
            breaks.append(start)
            used = 0
        used += length
    return breaks


def _pieces(text: str, width: int) -> Iterator[tuple[int, str]]:
    for match in _PIECE.finditer(text):
        piece, start = match[0], match.start()
        while cell_len(piece) > width and not piece.isspace():
            fits = next(
                n for n in range(len(piece), 0, -1) if cell_len(piece[:n]) <= width or n == 1
            )
            yield start, piece[:fits]
            start, piece = start + fits, piece[fits:]
        if piece:
            yield start, piece


class Paragraph:
    """A styled text, broken into lines where it is printed."""

    def __init__(self, text: Styled) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for paragraph in self._text.split("\n", allow_blank=True):
            for line in paragraph.divide(line_breaks(paragraph.plain, options.max_width)):
                line.rstrip()
                yield line

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widest = max(map(cell_len, self._text.plain.split("\n")))
        return Measurement(min(widest, 12), max(1, widest)).with_maximum(options.max_width)
