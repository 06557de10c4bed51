"""Which confirmed cases may count for and against a rule: never those that it was stated from.

A rule that is judged by the cases that gave somebody the idea is right in them by its making. Which
cases these were nobody writes down, so a case counts where it cannot have been one of them.
"""

from collections.abc import Set as AbstractSet

from tingzhen.diagnosis.cases.record import CaseRecord
from tingzhen.diagnosis.experience.link import Link


def admissible(link: Link, case: CaseRecord, workshops: AbstractSet[str]) -> bool:
    """Whether the case was opened after the day on which the rule was first stated, or, before,
    in a workshop that none of its authors can have had it from.

    workshops: those that the cases name, in lower case. An author's workshop that is none of them
    may be one of them under another name, and an engineer sees the cases of all workshops: then
    no earlier case counts.
    """
    if case.opened_on > min(statement.stated_on for statement in link.statements):
        return True
    if case.workshop is None:
        return False
    own = {folded(statement.workshop) for statement in link.statements if statement.workshop}
    everywhere = any(s.workshop is None or s.role == "engineer" for s in link.statements)
    return not everywhere and own <= workshops and folded(case.workshop) not in own


def folded(workshop: str) -> str:
    return workshop.strip().casefold()
