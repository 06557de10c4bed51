"""Files that are odd, broken or hostile, and what may become of each.

An outcome is "report" or the code of an error (tingzhen/errors). Where several are listed, each
is honest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.odd.encode import encoder_missing

REPORT = "report"
Writer = Callable[[Path], None]


@dataclass(frozen=True)
class OddFile:
    """One file and what may become of it; `skipped` says why it could not be made here."""

    path: Path
    outcomes: frozenset[str]
    skipped: str = ""


@dataclass(frozen=True)
class Case:
    """How one file is made, and with which encoders."""

    name: str
    outcomes: frozenset[str]
    encoders: tuple[str, ...]
    write: Writer


CASES: list[Case] = []


def odd(name: str, *outcomes: str, encoders: tuple[str, ...] = ()) -> Callable[[Writer], Writer]:
    """Keep a writer under the name of the file that it makes; a report by default."""

    def keep(write: Writer) -> Writer:
        CASES.append(Case(name, frozenset(outcomes or (REPORT,)), encoders, write))
        return write

    return keep


def write_case(case: Case, folder: Path) -> OddFile:
    """Make one file in `folder`."""
    path = folder / case.name
    skipped = encoder_missing(*case.encoders)
    if not skipped:
        case.write(path)
    return OddFile(path, case.outcomes, skipped)
