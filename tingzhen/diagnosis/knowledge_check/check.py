"""Everything that is wrong with a base: its files, their schema, their meaning."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tingzhen.diagnosis.knowledge_check import (
    evidence,
    numbers,
    references,
    stated_sources,
    texts,
    trees,
)
from tingzhen.diagnosis.knowledge_check.entries import Entries, collect
from tingzhen.diagnosis.knowledge_check.schema import schema_problems
from tingzhen.diagnosis.knowledge_files import Document, ElementPath, Finding

_Check = Callable[[Entries], Iterator[Finding]]
# What loading asks for: all that yields errors.
_NEEDED: Final[tuple[_Check, ...]] = (
    references.ids_twice,
    references.unknown_references,
    numbers.fault_numbers,
    numbers.test_numbers,
    numbers.setting_numbers,
    trees.gate_shapes,
    trees.gate_priors,
    trees.gate_leaves,
    stated_sources.sources_of_nothing,
    evidence.unreachable_causes,
)
_WISE: Final[tuple[_Check, ...]] = (
    evidence.untested_causes,
    evidence.silent_tests,
    evidence.silent_links,
    evidence.unused_entries,
    texts.doubtful_translations,
    texts.names_twice,
    texts.implausible_advice,
    stated_sources.vague_sources,
)


_MISSING: Final = ("key_missing", "translation_missing", "source_missing")


@dataclass(frozen=True, slots=True)
class Checked:
    """findings: all of them, in the order of files and lines. usable: none of them is an error."""

    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        return not any(finding.level == "error" for finding in self.findings)


def check_for_loading(documents: Sequence[Document], fits_schema: bool) -> Checked:
    """All errors, and the warnings that come with them.

    fits_schema: the files are known to fit the schema, so that this need not be looked at again.
    """
    return _checked(documents, _NEEDED, with_schema=not fits_schema)


def check_documents(documents: Sequence[Document]) -> Checked:
    """Errors and warnings, all of them."""
    return _checked(documents, (*_NEEDED, *_WISE), with_schema=True)


def _checked(documents: Sequence[Document], checks: Sequence[_Check], with_schema: bool) -> Checked:
    findings: list[Finding] = []
    broken: set[tuple[str, str, int]] = set()
    readable: list[Document] = []
    for document in documents:
        problems = schema_problems(document) if with_schema else []
        broken |= {(document.name, *_entry(problem.path)) for problem in problems}
        broken |= {(document.name, *_entry(path)) for path in document.incomplete}
        incomplete = {_entry(path) for path in document.incomplete}
        findings += [
            document.finding(problem)
            for problem in problems
            if _entry(problem.path) not in incomplete or problem.code not in _MISSING
        ]
        if (document.name, "", 0) not in broken and (document.name, "system", 0) not in broken:
            readable.append(document)
    entries = collect(readable, frozenset(broken))
    for check in checks:
        findings += check(entries)
    return Checked(tuple(sorted(set(findings), key=lambda f: (f.place, f.code))))


def _entry(path: ElementPath) -> tuple[str, int]:
    """Kind and index of the entry that a path leads into; settings and system have index 0."""
    kind, index = (*path, "", 0)[:2]
    return str(kind), index if isinstance(index, int) else 0
