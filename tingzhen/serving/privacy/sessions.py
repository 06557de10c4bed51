"""Guided sessions, opened where nobody guides: to delete or to export those about a clip."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tingzhen.diagnosis import load_knowledge
from tingzhen.serving.guide.sessions import GuidedSessions
from tingzhen.serving.settings import Settings

if TYPE_CHECKING:
    from tingzhen.diagnosis.troubleshooting.session_log import SessionLog


@contextmanager
def opened_log(settings: Settings) -> Iterator["SessionLog"]:
    """The sessions as they are on disk. Raises SessionUnavailable, CasesUnavailable."""
    from tingzhen.diagnosis.troubleshooting.session_log import open_log  # noqa: PLC0415
    from tingzhen.serving.cases.in_use import upgrade_cases  # noqa: PLC0415

    upgrade_cases(settings.cases_url())
    log = open_log(settings.cases_url())
    try:
        yield log
    finally:
        log.close()


@contextmanager
def opened_sessions(settings: Settings) -> Iterator[GuidedSessions]:
    """To delete those about a clip. Raises SessionUnavailable, CasesUnavailable."""
    from tingzhen.diagnosis.troubleshooting.prices import Prices  # noqa: PLC0415
    from tingzhen.serving.cases.in_use import open_store  # noqa: PLC0415

    with opened_log(settings) as log:
        yield GuidedSessions(
            lambda: load_knowledge(settings.knowledge),
            Prices(),
            log,
            lambda: open_store(settings.cases_url()),
        )
