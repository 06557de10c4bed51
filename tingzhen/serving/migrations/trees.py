"""The two histories of tables. Each keeps its own revision, so they may live in one database.

A revision is a module `rNNNN_what.py` in the folder of its tree; NNNN counts up and is its name.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from sqlalchemy import MetaData

TreeName = Literal["records", "cases"]
TREES: Final[tuple[TreeName, ...]] = get_args(TreeName)
_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Tree:
    """version_table: holds the revision that a database has. head: the newest revision."""

    name: TreeName
    folder: Path
    version_table: str
    head: str


def tree(name: TreeName) -> Tree:
    folder = _HERE / name
    head = max(file.stem[1:5] for file in folder.glob("r[0-9][0-9][0-9][0-9]_*.py"))
    return Tree(name, folder, f"{name}_version", head)


def metadata_of(name: TreeName) -> list[MetaData]:
    """The tables as the code has them now, to compare with."""
    if name == "records":
        from tingzhen.serving.records import Base  # noqa: PLC0415 - each tree's tables alone

        return [Base.metadata]
    from tingzhen.diagnosis.cases.tables import METADATA as CASES  # noqa: PLC0415 - see above
    from tingzhen.diagnosis.experience.tables import (  # noqa: PLC0415 - see above
        METADATA as EXPERIENCE,
    )
    from tingzhen.diagnosis.troubleshooting.session_log import (  # noqa: PLC0415 - see above
        _METADATA as SESSIONS,
    )

    return [CASES, EXPERIENCE, SESSIONS]
