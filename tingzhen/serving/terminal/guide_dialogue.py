"""The guided session as a dialogue: one question, one line of an answer, and again.

Every answer is on disk before the next question, so the dialogue may be cut short anywhere.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from tingzhen.diagnosis.troubleshooting.session import forbidden_tests, state_of
from tingzhen.diagnosis.troubleshooting.steps import Seen, Step
from tingzhen.errors import SessionChanged, StepInvalid
from tingzhen.language import Language
from tingzhen.serving.guide.sessions import GuidedSessions, Look
from tingzhen.serving.guide.view import guide_view
from tingzhen.serving.terminal.guide import (
    KEYS,
    SEEN_CHOICES,
    choices,
    print_opening,
    print_view,
    word,
)

Ask = Callable[[], str | None]
"""One line of an answer without its end; None when there are no more."""

_SET_ASIDE = {"s": "skip", "?": "unclear", "？": "unclear", "n": "not_today"}


class _Leave(Exception):
    """The technician goes, or there are no more answers."""


def hold(
    sessions: GuidedSessions, look: Look, *, console: Console, ask: Ask, language: Language
) -> Look:
    """Lead through the session until it ends or the answers do; gives how it stands then."""
    dialogue = _Dialogue(sessions, look, console, ask, language)
    print_opening(console, guide_view(look, language), language)
    if look.kept.steps:
        console.print(word("resumed", language, n=len(look.kept.steps)), markup=False)
    try:
        while not dialogue.look.session.ended:
            print_view(console, guide_view(dialogue.look, language), language)
            dialogue.one_answer()
    except _Leave:
        return dialogue.look
    print_view(console, guide_view(dialogue.look, language), language)
    return dialogue.look


class _Dialogue:
    def __init__(
        self,
        sessions: GuidedSessions,
        look: Look,
        console: Console,
        ask: Ask,
        language: Language,
    ) -> None:
        self.look = look
        self._sessions = sessions
        self._console = console
        self._ask = ask
        self._language = language

    def one_answer(self) -> None:
        """Ask until something was done."""
        rows = self._rows()
        self._console.print(choices([text for text, _ in rows]))
        self._console.print(f"  {KEYS.to(self._language)}", style="dim", markup=False)
        while not self._did(self._line(), rows):
            pass

    def _rows(self) -> list[tuple[str, dict[str, Any]]]:
        """The numbered answers to what is proposed, and the step that each is."""
        advice, language = self.look.advice, self._language
        if advice.kind == "test" and advice.test is not None:
            return [
                (o.text.to(language), {"kind": "answer", "test": advice.test.id, "outcome": o.id})
                for o in advice.test.outcomes
            ]
        if advice.kind == "repair" and advice.fault is not None:
            return [
                (text.to(language), {"kind": "repair", "fault": advice.fault.id, "seen": seen})
                for seen, text in SEEN_CHOICES
            ]
        return [(word("confirm", language), {"kind": advice.kind})]

    def _did(self, line: str, rows: list[tuple[str, dict[str, Any]]]) -> bool:
        """Do what the line says; False where it says nothing that can be done."""
        key, advice = line.strip().lower(), self.look.advice
        try:
            if key == "u":
                self.look = self._sessions.undo(self.look.kept.id, self.look.kept.version)
            elif key.isdecimal() and 1 <= int(key) <= len(rows):
                self._take(**rows[int(key) - 1][1])
            elif key in _SET_ASIDE and advice.test is not None:
                self._take(kind=_SET_ASIDE[key], test=advice.test.id)
            elif key == "b":
                return self._bring_back()
            elif key == "r":
                self._other_repair()
            elif key == "h":
                self._take(kind="hand_over")
            else:
                if key:
                    self._say(word("not_a_key", self._language, given=line.strip()[:40]))
                return False
        except (StepInvalid, SessionChanged) as error:
            self._say(error.message(self._language))
            self.look = self._sessions.look(self.look.kept.id)
            return isinstance(error, SessionChanged)
        return True

    def _bring_back(self) -> bool:
        session = self.look.session
        aside = sorted(state_of(session).set_aside - forbidden_tests(session))
        if not aside:
            self._say(word("none_set_aside", self._language))
            return False
        tests = [session.bench.tests[number] for number in aside]
        self._say(word("which_back", self._language))
        number = self._number([test.name.to(self._language) for test in tests])
        self._take(kind="bring_back", test=tests[number].id)
        return True

    def _other_repair(self) -> None:
        """A cause of the list by its number, or anything in words; then whether it helped."""
        causes = self.look.advice.causes
        self._say(word("what_repaired", self._language))
        line = ""
        while not line:
            line = self._line().strip()
        named = causes[int(line) - 1].fault if _within(line, len(causes)) else None
        self._say(word("seen", self._language))
        seen: Seen = SEEN_CHOICES[
            self._number([text.to(self._language) for _, text in SEEN_CHOICES])
        ][0]
        if named is not None:
            self._take(kind="repair", fault=named, seen=seen)
        else:
            self._take(kind="other_repair", text=line, seen=seen)

    def _number(self, rows: list[str]) -> int:
        self._console.print(choices(rows))
        while True:
            line = self._line().strip()
            if _within(line, len(rows)):
                return int(line) - 1
            self._say(word("not_a_key", self._language, given=line[:40]))

    def _line(self) -> str:
        line = self._ask()
        if line is None or line.strip().lower() == "q":
            raise _Leave
        return line

    def _take(self, **fields: Any) -> None:
        step = Step(at=datetime.now(UTC), **fields)
        self.look = self._sessions.step(self.look.kept.id, step, self.look.kept.version)

    def _say(self, text: str) -> None:
        self._console.print(f"  {text}", markup=False)


def _within(line: str, count: int) -> bool:
    return line.isdecimal() and 1 <= int(line) <= count
