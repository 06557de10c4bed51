"""A day in an address, written YYYY-MM-DD and no other way."""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator


def _written_as_a_day(given: object) -> object:
    if isinstance(given, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
        raise ValueError("a day is written YYYY-MM-DD")
    return given


# Pydantic alone would take a number for seconds since 1970.
Day = Annotated[date, BeforeValidator(_written_as_a_day)]
