"""`client.corrections`: what a technician says against the machine (docs/http.md)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tingzhen.client.connection import Connection
from tingzhen.client.model import Model


class Correction(Model):
    """What does not belong to its kind is None, and so are author, workshop and note for who may
    not know whose the clip is. x, y: the upper left corner; x, y, width, height: 0..1."""

    id: str
    clip_id: str
    made_at: datetime
    author: str | None
    role: str
    workshop: str | None
    kind: str
    task: str
    type: str | None
    instead: str | None
    start_s: float | None
    end_s: float | None
    low_hz: float | None
    high_hz: float | None
    frame: int | None
    time_s: float | None
    x: float | None
    y: float | None
    width: float | None
    height: float | None
    note: str | None
    noise_model: str | None
    damage_model: str | None


class CorrectionList(Model):
    corrections: list[Correction]


@dataclass(frozen=True, slots=True)
class Corrections:
    """Every method raises the typed errors of problems, ServiceUnreachable and AnswerInvalid."""

    _connection: Connection

    def all(self, clip_id: str) -> list[Correction]:
        """The oldest first."""
        return self._connection.read(
            CorrectionList, "GET /v1/clips/{clip_id}/corrections", clip_id=clip_id
        ).corrections

    def wrong_label(
        self, clip_id: str, task: str, given: str, instead: str | None = None, **more: str | float
    ) -> Correction:
        """given: the type that the machine named. instead: what it is; None: nothing. more:
        start_s, end_s or time_s of the finding it is about, note. Raises CorrectionInvalid."""
        return self._say(clip_id, "wrong_label", task=task, type=given, instead=instead, **more)

    def missed_noise(
        self, clip_id: str, kind: str, *, seconds: tuple[float, float], hertz: tuple[float, float],
        note: str | None = None,
    ) -> Correction:  # fmt: skip
        """A rectangle in the spectrogram. kind: a type of noise. hertz: up to 8000."""
        return self._say(
            clip_id, "missed_noise", type=kind, start_s=seconds[0], end_s=seconds[1],
            low_hz=hertz[0], high_hz=hertz[1], note=note,
        )  # fmt: skip

    def damage_box(
        self, clip_id: str, kind: str, *, frame: int, box: tuple[float, float, float, float],
        note: str | None = None,
    ) -> Correction:  # fmt: skip
        """kind: a type of damage. frame: number of a kept picture. box: x, y, width, height, 0..1,
        x and y of the upper left corner."""
        x, y, width, height = box
        return self._say(
            clip_id, "damage_box", type=kind, frame=frame, x=x, y=y, width=width, height=height,
            note=note,
        )  # fmt: skip

    def nothing_there(self, clip_id: str, task: str, *, note: str | None = None) -> Correction:
        """No fault is heard, or no damage seen, in the whole clip."""
        return self._say(clip_id, "nothing_there", task=task, note=note)

    def take_back(self, clip_id: str, correction_id: str) -> None:
        """Raises CorrectionUnknown."""
        self._connection.send(
            "DELETE /v1/clips/{clip_id}/corrections/{correction_id}", clip_id=clip_id,
            correction_id=correction_id,
        )  # fmt: skip

    def _say(self, clip_id: str, kind: str, **said: Any) -> Correction:
        asked = {"kind": kind} | {name: value for name, value in said.items() if value is not None}
        return self._connection.read(
            Correction, "POST /v1/clips/{clip_id}/corrections", body={"json": asked},
            clip_id=clip_id,
        )  # fmt: skip
