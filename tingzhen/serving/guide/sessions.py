"""Guided sessions as the command and the HTTP interface share them: open, look, take a step."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.troubleshooting.advice import Advice, next_advice
from tingzhen.diagnosis.troubleshooting.bench import Bench, make_bench
from tingzhen.diagnosis.troubleshooting.outcome import case_of
from tingzhen.diagnosis.troubleshooting.prices import Prices
from tingzhen.diagnosis.troubleshooting.session import Session, open_session, take, undo
from tingzhen.diagnosis.troubleshooting.session_log import Kept, SessionLog
from tingzhen.diagnosis.troubleshooting.steps import Step
from tingzhen.diagnosis.troubleshooting.subject import Subject, subject_as_dict, subject_from_dict
from tingzhen.errors import SessionUnknown, StepInvalid
from tingzhen.language import Language, Text
from tingzhen.serving.experience.in_use import learn_from_kept

if TYPE_CHECKING:
    from tingzhen.diagnosis.cases import CaseRecord, CaseStore


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A session as it stands. kept: as on disk."""

    kept: Kept
    session: Session
    advice: Advice


@dataclass(frozen=True, slots=True)
class Opener:
    """Whose a session is, where it was begun over HTTP: subject and workshop. clip_id: of the clip
    that it is about, if it is about one."""

    owner: str
    workshop: str | None
    clip_id: str | None = None


class GuidedSessions:
    """Sessions of one knowledge base in one log; safe to use from several threads.

    knowledge: asked for when the first session is looked at. cases: opens the database of cases
    when a case is kept; it is closed afterwards.
    """

    def __init__(
        self,
        knowledge: Callable[[], KnowledgeBase],
        prices: Prices,
        log: SessionLog,
        cases: "Callable[[], CaseStore]",
    ) -> None:
        self._knowledge = knowledge
        self._prices = prices
        self._log = log
        self._cases = cases

    @cached_property
    def bench(self) -> Bench:
        return make_bench(self._knowledge(), self._prices)

    def create(self, subject: Subject, opener: Opener | None = None) -> Look:
        """Raises SessionUnavailable."""
        kept = subject_as_dict(subject)
        if opener is not None:
            kept["opener"] = asdict(opener)
        return self.look(self._log.create(kept))

    def opener(self, session_id: str) -> Opener | None:
        """Raises SessionUnknown, SessionUnavailable."""
        kept = self._log.read(session_id).subject.get("opener")
        return None if kept is None else Opener(**kept)

    def look(self, session_id: str) -> Look:
        """Raises SessionUnknown, SessionUnavailable, and StepInvalid where the steps that were
        taken name what the knowledge base no longer has."""
        kept = self._log.read(session_id)
        session = open_session(self.bench, subject_from_dict(kept.subject), kept.steps)
        return Look(kept, session, next_advice(session))

    def step(self, session_id: str, step: Step, version: int | None = None) -> Look:
        """Take a step; it is on disk before this returns.

        version: of the session that the step answers; without it the newest. Raises StepInvalid,
        SessionChanged, SessionUnknown, SessionUnavailable; nothing is kept then.
        """
        return self._append(session_id, version, lambda session: take(session, step), step)

    def undo(self, session_id: str, version: int | None = None) -> Look:
        """Take the last step back. Raises as `step` does."""
        return self._append(session_id, version, undo, None)

    def case(self, session_id: str, language: Language) -> "CaseRecord":
        """The case that an ended session became. Raises StepInvalid for one that goes on."""
        look = self.look(session_id)
        if not look.session.ended:
            raise StepInvalid(
                Text("会话尚未结束，还不能成为案例。",
                     "The session has not ended: it is no case yet.")
            )  # fmt: skip
        opened_on = look.kept.opened_at.date()
        return case_of(look.session, session_id, opened_on=opened_on, language=language)

    def keep_case(self, record: "CaseRecord") -> None:
        """Keep it among the cases, and count it for and against the rules of experience; kept
        again, it counts once. Raises CasesUnavailable."""
        store = self._cases()
        try:
            store.keep([record])
            learn_from_kept(store, self._knowledge, record)
        finally:
            store.close()

    def delete(self, session_id: str) -> None:
        """Remove a session for good; a case that it became stays. Raises SessionUnknown,
        SessionUnavailable."""
        self._log.delete(session_id)

    def delete_of_clip(self, clip_id: str) -> None:
        """Remove all sessions about a clip. Raises SessionUnavailable."""
        for session_id in self._log.ids_of_clip(clip_id):
            with suppress(SessionUnknown):
                self._log.delete(session_id)

    def forget_words(self, case_id: str) -> None:
        """Remove the owner's words from a case. Raises CasesUnavailable."""
        store = self._cases()
        try:
            store.forget_words(case_id)
        finally:
            store.close()

    def ids(self) -> list[str]:
        """Newest first. Raises SessionUnavailable."""
        return self._log.ids()

    def close(self) -> None:
        self._log.close()

    def _append(
        self,
        session_id: str,
        version: int | None,
        change: Callable[[Session], Session],
        step: Step | None,
    ) -> Look:
        kept = self._log.read(session_id)
        session = open_session(self.bench, subject_from_dict(kept.subject), kept.steps)
        change(session)
        self._log.append(session_id, kept.version if version is None else version, step)
        return self.look(session_id)
