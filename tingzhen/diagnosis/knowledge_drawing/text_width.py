"""How wide a text is, and where it breaks, without the font that a viewer will take."""

import unicodedata
from typing import Final

# Widths in em of a usual sans-serif face, on the wide side so that text stays inside its box.
_NARROW: Final = frozenset("iljtfrI.,:;|'!()[]{} -/\\`·")
_BROAD: Final = frozenset("mwMWOQGD@%&≥")
_NOT_FIRST: Final = frozenset("，。、；：？！）》”’…,.;:?!)]}%")


def width_em(text: str) -> float:
    """Width in units of the font size, rather too large than too small."""
    return sum(_sign_em(sign) for sign in text)


def _sign_em(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WF" or ord(sign) > 0x2E7F:
        return 1.0
    if unicodedata.combining(sign):
        return 0.0
    if sign in _NARROW:
        return 0.36
    if sign in _BROAD:
        return 0.92
    return 0.7 if sign.isupper() else 0.6


def wrapped(text: str, most_em: float, most_lines: int) -> list[str]:
    """Lines no wider than `most_em`, but for one mark that may not begin a line.

    What does not fit into `most_lines` ends in an ellipsis. Chinese breaks between any two signs,
    English at blanks, and inside a word only where it is longer than a line.
    """
    lines, line, width = [], "", 0.0
    for piece in _pieces(text):
        piece_em = width_em(piece)
        hangs = piece in _NOT_FIRST and width <= most_em
        if line and width + piece_em > most_em and not hangs:
            lines.append(line.rstrip())
            line, width = "", 0.0
            piece = piece.lstrip()  # noqa: PLW2901 - a line does not begin with a blank
            piece_em = width_em(piece)
        while piece_em > most_em:
            cut = next(
                n for n in range(len(piece), 0, -1) if n == 1 or width_em(piece[:n]) <= most_em
            )
            lines.append(piece[:cut])
            piece = piece[cut:]  # noqa: PLW2901
            piece_em = width_em(piece)
        line, width = line + piece, width + piece_em
    lines.append(line.rstrip())
    if len(lines) > most_lines:
        last = lines[most_lines - 1]
        while last and width_em(last + "…") > most_em:
            last = last[:-1]
        lines = [*lines[: most_lines - 1], last + "…"]
    return lines


def _pieces(text: str) -> list[str]:
    """Words with the blank before them, and single Chinese signs."""
    pieces: list[str] = []
    for sign in " ".join(text.split()):
        wide = unicodedata.east_asian_width(sign) in "WF"
        ends = pieces and unicodedata.east_asian_width(pieces[-1][-1]) in "WF"
        if not pieces or wide or ends or sign == " ":
            pieces.append(sign)
        else:
            pieces[-1] += sign
    return pieces
