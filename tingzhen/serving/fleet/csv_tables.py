"""Tables as CSV that spreadsheets open."""

import csv
import io
import math
from collections.abc import Sequence
from typing import Final

from fastapi import Response

from tingzhen.diagnosis.patterns.vehicles import harmless

Cell = str | int | float | None
MOST_DIGITS: Final = 6


def csv_text(table: Sequence[Sequence[Cell]]) -> str:
    """A header and rows. What is no number is empty; a word that a spreadsheet would take for a
    formula has an apostrophe before it. Begins with a mark of its encoding, so that spreadsheets
    show Chinese."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [_cell(cell) for cell in row] for row in table
    )
    return "\ufeff" + text.getvalue()


def csv_response(name: str, table: Sequence[Sequence[Cell]]) -> Response:
    """A table as a file to keep. name: ASCII, without its ending."""
    return csv_file(name, csv_text(table))


def csv_file(name: str, text: str) -> Response:
    """The same of a table that is text already."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.encode(), 200, headers, media_type="text/csv; charset=utf-8")


def _cell(cell: Cell) -> str | int | float:
    if isinstance(cell, float):
        return round(cell, MOST_DIGITS) if math.isfinite(cell) else ""
    return harmless(cell) if cell is None or isinstance(cell, str) else cell
