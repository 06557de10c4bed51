"""Faults that people look at first and that the base does not know: what to write into it next."""

from collections.abc import Sequence
from dataclasses import dataclass

from tingzhen.diagnosis.experience.link import Link


@dataclass(frozen=True, slots=True)
class UnknownFault:
    """rules, authors: how many point to it. held: in how many confirmed cases (added up, each by
    the probability that the conditions held) they could have applied; unexplained: in how many of
    these the workshop found no fault of the base."""

    text: str
    rules: tuple[str, ...]
    authors: int
    held: float
    unexplained: float


def unknown_faults(links: Sequence[Link]) -> list[UnknownFault]:
    """Those of the rules that are not retired, the most often named first."""
    named: dict[str, list[Link]] = {}
    for link in links:
        if link.rule.look_at.kind == "unknown_fault" and not link.retired:
            named.setdefault(" ".join(link.rule.look_at.name.casefold().split()), []).append(link)
    found = [
        UnknownFault(
            text=group[0].rule.look_at.name,
            rules=tuple(link.rule.id for link in group),
            authors=len({s.author for link in group for s in link.statements}),
            held=sum(t.held for link in group for t in link.trials),
            unexplained=sum(t.held for link in group for t in link.trials if t.right),
        )
        for group in named.values()
    ]
    return sorted(found, key=lambda u: (-u.authors, -u.unexplained, u.text))
