"""What a label says: types of a whole clip, and where in it; checked at the border."""

import math
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tingzhen.audio.vocabulary import FAULT_NOISES, HEALTHY_NOISE, NOISE_TYPES, NoiseType
from tingzhen.serving.records import RecogniserTask
from tingzhen.vision.vocabulary import DAMAGE_TYPES, NO_DAMAGE, VISIBLE_DAMAGES, DamageType

UNSURE: Final = "unsure"
"""In place of types: somebody looked and cannot tell. It is left out of training."""
TYPES: Final[dict[RecogniserTask, tuple[str, ...]]] = {"noise": NOISE_TYPES, "damage": DAMAGE_TYPES}
PLACED: Final[dict[RecogniserTask, tuple[str, ...]]] = {
    "noise": FAULT_NOISES, "damage": VISIBLE_DAMAGES,
}  # fmt: skip
"""Types that have a place in a clip; the others hold for all of it, alone."""
_ALONE: Final[frozenset[str]] = frozenset({*HEALTHY_NOISE, *NO_DAMAGE, UNSURE})
_LEAST_SIDE: Final = 0.002

_Seconds = Annotated[float, Field(ge=0, le=36_000, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class NoiseRegion(BaseModel):
    """A noise in time, seconds of the clip."""

    model_config = ConfigDict(extra="forbid")
    type: NoiseType = Field(examples=["squeal"])
    start_s: _Seconds
    end_s: _Seconds

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.type not in FAULT_NOISES:
            raise ValueError(f"{self.type} has no place in a clip")
        if not self.end_s > self.start_s:
            raise ValueError("end_s must be after start_s")
        return self


class DamageRegion(BaseModel):
    """A damage in one of the kept pictures; x, y of the upper left corner, 0..1 of the picture."""

    model_config = ConfigDict(extra="forbid")
    type: DamageType = Field(examples=["dent"])
    frame: Annotated[int, Field(ge=1, le=256)]
    x: _Share
    y: _Share
    width: _Share
    height: _Share

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.type not in VISIBLE_DAMAGES:
            raise ValueError(f"{self.type} has no place in a picture")
        if min(self.width, self.height) < _LEAST_SIDE:
            raise ValueError("a box needs a width and a height")
        if self.x + self.width > 1 + 1e-6 or self.y + self.height > 1 + 1e-6:
            raise ValueError("a box must lie inside the picture")
        return self


class _Label(BaseModel):
    model_config = ConfigDict(extra="forbid")
    types: Annotated[list[str], Field(min_length=1, max_length=16)]

    def kept_regions(self) -> list[dict[str, Any]]:
        """As they are kept, in their order."""
        return [region.model_dump() for region in getattr(self, "regions", ())]


class NoiseLabel(_Label):
    """types: noise types that are heard; `normal`, `not_vehicle` and `unsure` stand alone. A
    region's type must be among them; a type without a region holds somewhere in the clip."""

    task: Literal["noise"] = "noise"
    regions: Annotated[list[NoiseRegion], Field(max_length=200)] = []

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _check(self.types, "noise", {str(region.type) for region in self.regions})
        return self


class DamageLabel(_Label):
    """The same for damage that is seen; `undamaged`, `not_vehicle` and `unsure` stand alone. Every
    damage needs a box: in a picture without one nobody knows whether it can be seen."""

    task: Literal["damage"] = "damage"
    regions: Annotated[list[DamageRegion], Field(max_length=200)] = []

    @model_validator(mode="after")
    def _fits(self) -> Self:
        boxed = {str(region.type) for region in self.regions}
        _check(self.types, "damage", boxed)
        if bare := sorted(set(self.types) - boxed - _ALONE):
            raise ValueError(f"{bare[0]} needs a box in a picture")
        return self


Label = Annotated[NoiseLabel | DamageLabel, Field(discriminator="task")]


def label_loss(types: list[str], probabilities: dict[str, float]) -> float:
    """How wrong a recogniser is about a labelled clip: the mean log loss over its types, in nats.

    probabilities: of types, 0..1. Zero would be all right and all sure.
    """
    losses = []
    for type_, p in probabilities.items():
        sure = min(max(p, 1e-4), 1 - 1e-4)
        losses.append(-math.log(sure if type_ in types else 1 - sure))
    return sum(losses) / len(losses) if losses else 0.0


def _check(types: list[str], task: RecogniserTask, placed: set[str]) -> None:
    unknown = sorted(set(types) - set(TYPES[task]) - {UNSURE})
    if unknown:
        raise ValueError(f"{unknown[0]} is no {task} type")
    if len(set(types)) != len(types):
        raise ValueError("a type is named twice")
    alone = sorted(set(types) & _ALONE)
    if alone and len(types) > 1:
        raise ValueError(f"{alone[0]} stands alone")
    if missing := sorted(placed - set(types)):
        raise ValueError(f"{missing[0]} has a place but is not among the types")
