"""Technicians' experience where it is used: in a diagnosis, and when a case is confirmed."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tingzhen.audio import NoiseFindings
from tingzhen.diagnosis import Circumstances, KnowledgeBase, Observation
from tingzhen.errors import CasesUnavailable
from tingzhen.language import Text
from tingzhen.vision import DamageFindings

if TYPE_CHECKING:
    from tingzhen.diagnosis.cases import CaseRecord
    from tingzhen.diagnosis.cases.store import CaseStore
    from tingzhen.diagnosis.experience.store import ExperienceStore
    from tingzhen.serving.settings import Settings

_PAGE: Final = 5_000


class RulesInUse:
    """The rules as diagnosing needs them. Safe to use from several threads.

    Nothing is imported or opened for them while experience is switched off or nobody has stated
    any; the database is read again only when it has grown.
    """

    def __init__(self, settings: "Settings") -> None:
        self._url = settings.cases_url()
        self._on = settings.experience == "on"
        self._opening = Lock()
        self._store: ExperienceStore | None = None
        self._read: tuple[Any, list[Any], dict[str, Any]] = (None, [], {})

    def observations(
        self,
        knowledge: KnowledgeBase,
        noise: NoiseFindings,
        damage: DamageFindings,
        circumstances: Circumstances,
    ) -> list[Observation]:
        """For `diagnose(..., learned=...)`. Raises CasesUnavailable."""
        store = self._opened()
        if store is None:
            return []
        from tingzhen.diagnosis.experience import (  # noqa: PLC0415 - only where there are rules
            Situation,
            learned_observations,
        )

        today = date.today()
        state = (store.version(), today, id(knowledge))
        if self._read[0] != state:
            self._read = (state, store.links(), {})
        _, links, weights = self._read
        situation = Situation(noise, damage, circumstances)
        return learned_observations(knowledge, links, situation, today, weights)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _opened(self) -> "ExperienceStore | None":
        if self._store is None and self._on and _may_hold_rules(self._url):
            with self._opening:
                if self._store is None:
                    self._store = open_rules(self._url)
        return self._store


def open_rules(url: str) -> "ExperienceStore":
    """The database of experience, made where it is missing, brought up to date where it is older.

    Raises CasesUnavailable, DatabaseNewer.
    """
    from tingzhen.diagnosis.experience.store import open_experience  # noqa: PLC0415 - see above
    from tingzhen.serving.cases.in_use import upgrade_cases  # noqa: PLC0415 - see above

    file = _sqlite_file(url)
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CasesUnavailable(
                Text(f"无法建立文件夹 {file.parent}。请设置 TINGZHEN_DATA_DIR。",
                     f"The folder {file.parent} cannot be made. Set TINGZHEN_DATA_DIR.")
            ) from error  # fmt: skip
    upgrade_cases(url)
    return open_experience(url)


def learn_from_cases(
    store: "ExperienceStore",
    knowledge: KnowledgeBase,
    cases: Iterable["CaseRecord"],
    *,
    workshops: frozenset[str] = frozenset(),
    all_of_them: bool = False,
) -> int:
    """Count confirmed cases for and against every rule whose conditions held in them.

    A case that was counted before is not counted twice, and one that the rule may have been stated
    from is not counted. workshops: that kept cases name, in lower case. all_of_them: there are no
    other cases; what was counted of another is withdrawn. Returns how many trials were new or
    changed. Raises CasesUnavailable.
    """
    from tingzhen.diagnosis.experience import admissible, trials_of  # noqa: PLC0415 - see above

    links = [link for link in store.links() if not link.retired]
    if not links:
        return 0
    trials = (
        trial
        for case in cases
        for trial in trials_of(
            knowledge, [link.rule for link in links if admissible(link, case, workshops)], case
        )
    )
    return store.record(trials, complete=all_of_them)


def learn_from_kept(
    cases: "CaseStore", knowledge: Callable[[], KnowledgeBase], case: "CaseRecord"
) -> int:
    """The same for one case that was just kept; the base is loaded only where there are rules."""
    from tingzhen.diagnosis.experience import workshops_of  # noqa: PLC0415 - see above
    from tingzhen.diagnosis.experience.store import experience_on  # noqa: PLC0415 - see above

    store = experience_on(cases.engine)
    if not store.links():
        return 0
    return learn_from_cases(store, knowledge(), [case], workshops=workshops_of(cases))


def teach_rules(
    cases: "CaseStore",
    knowledge: KnowledgeBase,
    on_progress: Callable[[float], None] = lambda share: None,
) -> int:
    """Count the kept cases that the rules have not seen, imported ones for instance; goes on where
    an earlier run stopped. Returns how many trials were new. Raises CasesUnavailable."""
    from tingzhen.diagnosis.experience import catch_up  # noqa: PLC0415 - see above
    from tingzhen.diagnosis.experience.store import experience_on  # noqa: PLC0415 - see above

    return catch_up(experience_on(cases.engine), cases, knowledge, on_progress)


def kept_cases(store: "CaseStore") -> Iterator["CaseRecord"]:
    """All cases that count, some thousands at a time. Raises CasesUnavailable."""
    after = 0
    while page := store.cases(after=after, limit=_PAGE):
        yield from (case for _, case in page)
        after = page[-1][0]


def _may_hold_rules(url: str) -> bool:
    file = _sqlite_file(url)
    return file is None or file.is_file()


def _sqlite_file(url: str) -> Path | None:
    parts = urlsplit(url)
    if not parts.scheme.startswith("sqlite") or parts.path in ("", "/"):
        return None
    return Path(parts.path[1:])
