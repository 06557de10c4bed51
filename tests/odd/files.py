"""All odd files at once; nothing of them is kept in the repository."""

from pathlib import Path

from tests.odd import broken, hostile, pictures, riders, sounds, videos
from tests.odd.catalogue import CASES, REPORT, OddFile, write_case

__all__ = ["CASE_NAMES", "REPORT", "OddFile", "write_odd_files"]

# Each module keeps its cases when it is imported.
_SOURCES = (sounds, pictures, videos, broken, hostile, riders)
CASE_NAMES = tuple(case.name for case in CASES)


def write_odd_files(folder: Path) -> dict[str, OddFile]:
    """Make every odd file in `folder`; they point at `folder`/secret/segment.ts, if at anything."""
    return {case.name: write_case(case, folder) for case in CASES}
