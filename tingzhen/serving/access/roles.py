"""What each role may do, and with whose objects: the one table of access.

docs/access.md shows it; a test proves that the page and every endpoint agree with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from tingzhen.serving.records import Role

ROLES: Final[tuple[Role, ...]] = get_args(Role)
Reach = Literal["own", "workshop", "deidentified", "all"]
"""Whose objects: those that the caller made, those of the caller's workshop, all of them without
what tells whose they are (those of the own workshop in full), all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that can be done. What is not named of a role, the role may not do.

    audited: whether the log keeps who did it.
    """

    what: str
    owner: Reach | None = None
    technician: Reach | None = None
    engineer: Reach | None = None
    admin: Reach | None = "all"
    audited: bool = True

    def reach(self, role: Role) -> Reach | None:
        """Whose objects the role reaches; None where it may not do this at all."""
        reach: Reach | None = getattr(self, role)
        return reach


ACTIONS: Final[Mapping[str, Action]] = {
    "clips.create": Action(what="send clips", owner="own", technician="workshop"),
    "clips.read": Action(
        what="read clips, reports, pictures, sounds and events", owner="own", technician="workshop"
    ),
    "clips.cancel": Action(what="stop an analysis", owner="own", technician="workshop"),
    "clips.delete": Action(what="delete clips for good", owner="own", technician="own"),
    "clips.reanalyse": Action(
        what="analyse a clip again", owner="own", technician="workshop"
    ),
    "clips.reanalyse_many": Action(what="analyse many clips again", engineer="all"),
    "reanalyses.read": Action(
        what="see how far re-analyses are", owner="own", technician="workshop", engineer="all"
    ),
    "reanalyses.cancel": Action(
        what="stop re-analyses", owner="own", technician="workshop", engineer="all"
    ),
    "clips.confirm": Action(what="say what the fault was", technician="workshop"),
    "corrections.make": Action(what="correct the machine", technician="workshop"),
    "corrections.read": Action(
        what="read corrections", technician="workshop", engineer="deidentified"
    ),
    "uploads.use": Action(
        what="send a clip in parts", owner="own", technician="own", audited=False
    ),
    "guide.use": Action(what="guided sessions", technician="workshop"),
    "reason.use": Action(
        what="diagnose given findings", technician="all", engineer="all", audited=False
    ),
    "cases.read": Action(
        what="read cases and similar cases", technician="deidentified", engineer="deidentified"
    ),
    "cases.import": Action(what="send work orders"),
    "statistics.read": Action(
        what="frequencies of faults, and patterns", technician="all", engineer="all"
    ),
    "fleet.read": Action(
        what="vehicles that a pattern concerns, and what comes back after a repair",
        technician="deidentified", engineer="deidentified",
    ),
    "experience.read": Action(
        what="read rules of experience", technician="all", engineer="all"
    ),
    "experience.change": Action(
        what="state, retire and restore rules of experience", technician="all"
    ),
    "models.read": Action(what="read models, cards and agreement", engineer="all"),
    "models.change": Action(what="activate, shadow and retire models", engineer="all"),
    "labels.read": Action(
        what="see clips to learn from, without whose they are, and labels",
        engineer="deidentified",
    ),
    "labels.change": Action(what="label clips", engineer="deidentified"),
    "training.read": Action(what="watch training runs", engineer="all", audited=False),
    "inference.run": Action(what="run the bare models", engineer="all", audited=False),
    "privacy.export": Action(what="have all data of an owner as a file", owner="own"),
    "privacy.delete": Action(what="delete all data of an owner", owner="own"),
    "webhooks.manage": Action(what="webhooks", owner="own", technician="workshop"),
    "pages.use": Action(
        what="be signed in to the pages",
        owner="all", technician="all", engineer="all", audited=False,
    ),
    "pages.owner": Action(
        what="open the pages for recording", owner="all", technician="all", audited=False
    ),
    "pages.bay": Action(
        what="open the pages of the workshop", technician="all", audited=False
    ),
    "pages.lab": Action(
        what="open the pages of the engineers", engineer="all", audited=False
    ),
    "pages.fleet": Action(
        what="open the pages of the fleet", technician="all", engineer="all", audited=False
    ),
    "audit.read": Action(what="read who did what"),
    "metrics.read": Action(what="read measurements", engineer="all", audited=False),
    "docs.read": Action(
        what="read the description of the interface",
        owner="all", technician="all", engineer="all", audited=False,
    ),
}  # fmt: skip
"""By name: the kind of object, a point, the deed."""
