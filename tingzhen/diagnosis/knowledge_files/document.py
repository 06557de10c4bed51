"""One file of a knowledge base as plain data that knows where everything stands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tingzhen.diagnosis.knowledge_files.finding import ElementPath, Finding, Place, Problem
from tingzhen.language import Text


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """name: the base's file ("engine.yaml"). data: mappings, lists and scalars only.

    place_of(path): where that element stands, or its nearest parent that exists. What was read from
    sheets stands in several of them.
    incomplete: paths of entries that a row is missing of, which was reported as bad.
    """

    name: str
    data: Any
    place_of: Callable[[ElementPath], Place]
    incomplete: frozenset[tuple[str | int, ...]] = frozenset()

    def finding(self, problem: Problem) -> Finding:
        return Finding(problem.code, self.place_of(problem.path), Text(problem.zh, problem.en))

    def line_of(self, path: ElementPath) -> int:
        """Line, from 1, of the element at `path`, or of its nearest parent that exists."""
        return self.place_of(path).line
