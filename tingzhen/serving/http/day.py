"""Days and moments in an address, written as ISO 8601 has them and no other way."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from tingzhen.serving.clips.view import in_utc


def _written_as_a_day(given: object) -> object:
    if isinstance(given, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
        raise ValueError("a day is written YYYY-MM-DD")
    return given


# Pydantic alone would take a number for seconds since 1970.
Day = Annotated[date, BeforeValidator(_written_as_a_day)]


def _written_as_a_moment(given: object) -> object:
    if isinstance(given, datetime):
        return given
    if not isinstance(given, str) or not re.match(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}", given):
        raise ValueError("a moment is written YYYY-MM-DDThh:mm:ssZ")
    return given


Moment = Annotated[datetime, BeforeValidator(_written_as_a_moment), AfterValidator(in_utc)]
"""With its zone, which is UTC afterwards."""
