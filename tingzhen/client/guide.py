"""`client.guide`: guided sessions from a report to the confirmed fault."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tingzhen.client.clip import Case
from tingzhen.client.connection import Connection
from tingzhen.client.guided_session import GuidedSession


@dataclass(frozen=True, slots=True)
class Guide:
    """Every method raises the typed errors of problems, ServiceUnreachable and AnswerInvalid."""

    _connection: Connection

    def begin(
        self, report: Mapping[str, Any], *, context: Mapping[str, Any] | None = None
    ) -> GuidedSession:
        """On a report, or as much of it as there is. Of a clip: `client.clips.guide`."""
        asked = {"report": dict(report)} | ({} if context is None else {"context": dict(context)})
        return self._connection.read(GuidedSession, "POST /v1/guide", body={"json": asked})

    def get(self, session_id: str) -> GuidedSession:
        return self._connection.read(
            GuidedSession, "GET /v1/guide/{session_id}", session_id=session_id
        )

    def step(
        self, session: GuidedSession, kind: str, **more: str | float | None
    ) -> GuidedSession:  # fmt: skip
        """more: what the kind takes (docs/guide.md), such as test and outcome. Raises
        SessionChanged where somebody else took a step since the session was read."""
        asked = {"kind": kind, "version": session.version} | more
        return self._connection.read(
            GuidedSession, "POST /v1/guide/{session_id}/steps", body={"json": asked},
            session_id=session.id,
        )  # fmt: skip

    def answer(self, session: GuidedSession, outcome: str) -> GuidedSession:
        """The outcome of the test that is advised."""
        test = session.advice.test
        return self.step(session, "answer", test=test.id if test else None, outcome=outcome)

    def undo(self, session: GuidedSession) -> GuidedSession:
        """Take the last step back."""
        return self._connection.read(
            GuidedSession, "POST /v1/guide/{session_id}/undo",
            body={"json": {"version": session.version}}, session_id=session.id,
        )  # fmt: skip

    def finish(self, session_id: str) -> Case:
        """Keep the case that an ended session became."""
        return self._connection.read(
            Case, "POST /v1/guide/{session_id}/finish", session_id=session_id
        )
