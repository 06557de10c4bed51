"""A correction as it is given: what it must say, and that it fits its clip."""

import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from tingzhen.audio import NOISE_TYPES, NoiseType
from tingzhen.errors import CorrectionInvalid
from tingzhen.language import Text
from tingzhen.serving.access import Caller
from tingzhen.serving.records import ClipCorrection, ClipFrame, ClipRecord, CorrectionTask
from tingzhen.serving.records.corrections import MOST_OF_A_CLIP
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES, DamageType

HIGHEST_HZ: Final = 8000.0
"""What the sound holds: half of 16 kHz."""
_LATE_S: Final = 0.5
"""A player's clock may run on a little beyond the sound."""

_Second = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Note = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")
    note: _Note | None = Field(None, description="In words, for who labels.")


class WrongLabel(_Said):
    """The machine named a type that is not there, or is another one."""

    kind: Literal["wrong_label"]
    task: CorrectionTask
    type: NoiseType | DamageType = Field(description="The one that it gave.", examples=["knock"])
    instead: NoiseType | DamageType | None = Field(
        None, description="What it is; null where there is nothing.", examples=["tick"]
    )
    start_s: _Second | None = Field(None, description="Of the noise event, if it is about one.")
    end_s: _Second | None = None
    time_s: _Second | None = Field(None, description="Of the damage finding, if about one.")

    @model_validator(mode="after")
    def _of_one_vocabulary(self) -> Self:
        known = NOISE_TYPES if self.task == "noise" else DAMAGE_TYPES
        if self.type not in known or self.instead not in (None, *known):
            raise ValueError(f"type and instead must be types of {self.task}")
        if self.type == self.instead:
            raise ValueError("instead must be another type, or null")
        _check_span(self.start_s, self.end_s)
        return self


class MissedNoise(_Said):
    """A noise that the machine did not hear: a rectangle in the spectrogram."""

    kind: Literal["missed_noise"]
    type: NoiseType = Field(examples=["squeal"])
    start_s: _Second
    end_s: _Second
    low_hz: Annotated[float, Field(ge=0, le=HIGHEST_HZ, allow_inf_nan=False)]
    high_hz: Annotated[float, Field(ge=0, le=HIGHEST_HZ, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _a_rectangle(self) -> Self:
        _check_span(self.start_s, self.end_s)
        if self.low_hz >= self.high_hz:
            raise ValueError("low_hz must be below high_hz")
        if self.type in ("normal", "not_vehicle"):
            raise ValueError("a missed noise is one of the fault noises")
        return self


class DamageBox(_Said):
    """A damage in a picture. x, y: the upper left corner; all 0..1 of the upright picture."""

    kind: Literal["damage_box"]
    type: DamageType = Field(examples=["dent"])
    frame: Annotated[int, Field(ge=1, le=256, description="Number of the kept picture.")]
    x: _Share
    y: _Share
    width: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    height: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.x + self.width > 1.0001 or self.y + self.height > 1.0001:
            raise ValueError("the box must lie within the picture")
        if self.type not in VISIBLE_DAMAGES:
            raise ValueError("a box holds a damage")
        return self


class NothingThere(_Said):
    """There is no fault to hear, or no damage to see, in the whole clip."""

    kind: Literal["nothing_there"]
    task: CorrectionTask


Correction = WrongLabel | MissedNoise | DamageBox | NothingThere


class CorrectionRequest(RootModel[Annotated[Correction, Field(discriminator="kind")]]):
    """One correction, by its `kind`."""


def correct(
    record: ClipRecord, frames: list[ClipFrame], earlier: int, said: Correction, caller: Caller
) -> ClipCorrection:
    """The row to keep. record: with its report. frames: its kept pictures. earlier: how many
    corrections the clip has. Raises CorrectionInvalid for a time or a picture that the clip has
    not, and where it has very many corrections already."""
    if earlier >= MOST_OF_A_CLIP:
        raise CorrectionInvalid(
            Text(f"这段记录已有 {earlier} 条更正。请先删除不需要的。",
                 f"The clip has {earlier} corrections already. Delete some first.")
        )  # fmt: skip
    fields: dict[str, Any] = said.model_dump()
    fields.setdefault("task", "noise" if said.kind == "missed_noise" else "damage")
    _within(record, fields)
    if isinstance(said, DamageBox):
        times = {frame.number: frame.time_s for frame in frames}
        if said.frame not in times:
            raise CorrectionInvalid(
                Text(f"没有第 {said.frame} 张画面。", f"The clip has no picture {said.frame}.")
            )
        fields["time_s"] = times[said.frame]
    return ClipCorrection(
        id=uuid.uuid4().hex, clip_id=record.id, made_at=datetime.now(UTC), author=caller.key,
        role=caller.role, workshop=caller.workshop, noise_model=record.noise_model,
        damage_model=record.damage_model, **fields,
    )  # fmt: skip


def _within(record: ClipRecord, fields: dict[str, Any]) -> None:
    duration_s = json.loads(record.report_en or "{}").get("clip", {}).get("duration_s", 0.0)
    for key in ("start_s", "end_s", "time_s"):
        at_s = fields.get(key)
        if at_s is not None and at_s > duration_s + _LATE_S:
            raise CorrectionInvalid(
                Text(f"{key} 为 {at_s:g} 秒，超出了录音长度 {duration_s:g} 秒。",
                     f"{key} is {at_s:g} s; the clip lasts {duration_s:g} s.")
            )  # fmt: skip


def _check_span(start_s: float | None, end_s: float | None) -> None:
    if (start_s is None) != (end_s is None):
        raise ValueError("give start_s and end_s together")
    if start_s is not None and end_s is not None and start_s >= end_s:
        raise ValueError("start_s must be before end_s")
