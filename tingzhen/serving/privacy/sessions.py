"""Guided sessions, opened where nobody guides: to delete or to export those about a clip."""

from collections.abc import Iterator
from contextlib import contextmanager

from tingzhen.diagnosis import load_knowledge
from tingzhen.serving.guided_sessions import GuidedSessions
from tingzhen.serving.settings import Settings


@contextmanager
def opened_sessions(settings: Settings) -> Iterator[GuidedSessions]:
    """Raises SessionUnavailable, CasesUnavailable."""
    from tingzhen.diagnosis.troubleshooting.prices import Prices  # noqa: PLC0415
    from tingzhen.diagnosis.troubleshooting.session_log import open_log  # noqa: PLC0415
    from tingzhen.serving.cases_in_use import open_store, upgrade_cases  # noqa: PLC0415

    url = settings.cases_url()
    upgrade_cases(url)
    sessions = GuidedSessions(
        lambda: load_knowledge(settings.knowledge), Prices(), open_log(url), lambda: open_store(url)
    )
    try:
        yield sessions
    finally:
        sessions.close()
