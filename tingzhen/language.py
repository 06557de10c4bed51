"""Texts for people, in both languages at once.

Findings stay free of language until a report is written, so one analysis serves a Chinese owner
and an English technician alike.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or name in both languages; neither may be empty."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh or not self.en:
            raise ValueError(f"a text needs both languages: {self.zh!r} / {self.en!r}")

    def to(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en
