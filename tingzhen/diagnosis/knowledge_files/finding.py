"""What can be wrong with a knowledge base, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tingzhen.language import Text

Level = Literal["error", "warning"]
ElementPath = Sequence[str | int]
"""Keys and indices from the top of a file to an element: ("faults", 3, "noises", "knock")."""

LEVELS: Final[dict[str, Level]] = {
    "file_unreadable": "error",
    "file_name_invalid": "error",
    "sheet_unknown": "error",
    "column_unknown": "error",
    "cell_invalid": "error",
    "key_unknown": "error",
    "key_missing": "error",
    "value_invalid": "error",
    "out_of_range": "error",
    "translation_missing": "error",
    "translation_doubtful": "warning",
    "source_missing": "error",
    "source_vague": "warning",
    "id_twice": "error",
    "name_twice": "warning",
    "reference_unknown": "error",
    "code_invalid": "error",
    "sum_not_one": "error",
    "range_empty": "error",
    "setting_wrong": "error",
    "prior_unclear": "error",
    "contradiction": "error",
    "implausible": "warning",
    "cycle": "error",
    "tree_too_large": "error",
    "gate_link_missing": "warning",
    "cause_unreachable": "error",
    "cause_untested": "warning",
    "test_tells_nothing": "warning",
    "link_tells_nothing": "warning",
    "test_unused": "warning",
    "entry_unused": "warning",
}
"""Code of a finding to its level; docs/knowledge.md says what each means."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file that a person opens. line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with an element of a document, and what to do about it in zh and en."""

    code: str
    path: ElementPath
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a place. A base with an error cannot be loaded; with a warning it can."""

    code: str
    place: Place
    text: Text

    @property
    def level(self) -> Level:
        return LEVELS[self.code]

    def line(self) -> Text:
        """The finding in one line with its place in front; of a cell with its column too."""
        place = f"{self.place}"
        if self.place.file.endswith(".csv"):
            place += f":{self.place.column}"
        return Text(f"{place}：{self.text.zh}", f"{place}: {self.text.en}")
