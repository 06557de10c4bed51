"""The border: a statement as a file or a request writes it, with English or Chinese keys.

Names of noises, damages, situations, strengths and roles may be written as their id or as their
name in either language; a single entry may stand without a list.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_NAMES, NoiseType
from tingzhen.diagnosis._context_names import WHEN_NAMES
from tingzhen.diagnosis.circumstances import Powertrain, When
from tingzhen.diagnosis.experience.rule import ROLE_NAMES, STRENGTH_NAMES, Role, Strength
from tingzhen.diagnosis.experience.sentence import POWERTRAIN_NAMES
from tingzhen.language import Text
from tingzhen.vision.vocabulary import DAMAGE_NAMES, VISIBLE_DAMAGES, DamageType

_Bounds = TypeVar("_Bounds", "RangeModel", "YearsModel")

_PRIVATE: Final = {
    "vin": re.compile(r"(?<![A-Z0-9])[A-HJ-NPR-Z0-9]{17}(?![A-Z0-9])", re.IGNORECASE),
    "phone": re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dX]|\+\d[\d -]{7,14}\d)(?!\d)"),
    "mail": re.compile(r"\S+@\S+\.\w+"),
    "plate": re.compile(
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9·-]{5,7}"
    ),
}  # fmt: skip


def _ids(names: Mapping[Any, Text], only: Iterable[Any] | None = None) -> Any:
    """A validator that takes an id, or its name in either language, for the id."""
    known = {
        word.casefold(): id_ for id_, text in names.items()
        if only is None or id_ in only for word in (str(id_), text.zh, text.en)
    }  # fmt: skip

    def to_id(value: object) -> object:
        return known.get(value.strip().casefold(), value) if isinstance(value, str) else value

    return BeforeValidator(to_id)


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _folded(value: object) -> object:
    return " ".join(value.casefold().split()) if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


_Listed = BeforeValidator(_listed)
_Few = Field(min_length=1, max_length=16)
_Noise = Annotated[NoiseType, _ids(NOISE_NAMES, FAULT_NOISES)]
_Damage = Annotated[DamageType, _ids(DAMAGE_NAMES, VISIBLE_DAMAGES)]
_When = Annotated[When, _ids(WHEN_NAMES)]
_Powertrain = Annotated[Powertrain, _ids(POWERTRAIN_NAMES)]
_Code = Annotated[str, BeforeValidator(_upper), Field(pattern=r"^[PBCU][0-3?][0-9A-F?]{3}$")]
_Word = Annotated[str, BeforeValidator(_folded), Field(min_length=2, max_length=40)]
_Name = Annotated[str, BeforeValidator(_folded), Field(min_length=1, max_length=80)]
_Number = Annotated[float, Field(allow_inf_nan=False)]
_Year = Annotated[int, Field(ge=1950, le=2100)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


def _written_as_a_day(given: object) -> object:
    # Pydantic alone would take a number for seconds since 1970.
    if type(given) is date or (
        isinstance(given, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", given)
    ):
        return given
    raise ValueError("a day is written YYYY-MM-DD")


_Day = Annotated[date, BeforeValidator(_written_as_a_day)]


class _Bilingual(BaseModel):
    """Keys in English or Chinese; unknown ones are refused, and one written in both as well."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    chinese: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _english_keys(cls, data: object) -> object:
        if not isinstance(data, Mapping):
            return data
        english = {zh: en for en, zh in cls.chinese.items()}
        keys = [english.get(str(key), str(key)) for key in data]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise ValueError(f"twice: {', '.join(sorted(twice))}")
        return dict(zip(keys, data.values(), strict=True))


class RangeModel(_Bilingual):
    """from <= x < below."""

    chinese: ClassVar[Mapping[str, str]] = {"from": "从", "below": "低于"}
    low: _Number | None = Field(default=None, alias="from")
    high: _Number | None = Field(default=None, alias="below")

    @model_validator(mode="after")
    def _holds_something(self) -> "RangeModel":
        return _checked_range(self)


class YearsModel(_Bilingual):
    """Model years, both ends included."""

    chinese: ClassVar[Mapping[str, str]] = {"from": "从", "to": "到"}
    low: _Year | None = Field(default=None, alias="from")
    high: _Year | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _holds_something(self) -> "YearsModel":
        return _checked_range(self)


class ConditionsModel(_Bilingual):
    """What has to hold. At least one thing that is heard, seen, stored or said."""

    chinese: ClassVar[Mapping[str, str]] = {
        "noises": "声音", "damages": "损伤", "codes": "故障码", "words": "描述", "when": "时机",
        "make": "品牌", "model": "车型", "powertrain": "动力", "year": "年款",
        "mileage_km": "里程_km", "ambient_c": "气温_c", "humidity_pct": "湿度_pct",
        "speed_kmh": "车速_kmh",
    }  # fmt: skip
    noises: Annotated[tuple[_Noise, ...], _Listed, _Few] | None = None
    damages: Annotated[tuple[_Damage, ...], _Listed, _Few] | None = None
    codes: Annotated[tuple[_Code, ...], _Listed, _Few] | None = None
    words: Annotated[tuple[_Word, ...], _Listed, _Few] | None = None
    when: Annotated[tuple[_When, ...], _Listed, _Few] | None = None
    make: Annotated[tuple[_Name, ...], _Listed, _Few] | None = None
    model: Annotated[tuple[_Name, ...], _Listed, _Few] | None = None
    powertrain: Annotated[tuple[_Powertrain, ...], _Listed, _Few] | None = None
    year: YearsModel | None = None
    mileage_km: RangeModel | None = None
    ambient_c: RangeModel | None = None
    humidity_pct: RangeModel | None = None
    speed_kmh: RangeModel | None = None

    @field_validator("noises")
    @classmethod
    def _only_faults(cls, noises: tuple[NoiseType, ...] | None) -> tuple[NoiseType, ...] | None:
        if noises and not set(noises) <= set(FAULT_NOISES):
            raise ValueError("no fault: normal and not_vehicle are no noises of a fault")
        return noises

    @field_validator("damages")
    @classmethod
    def _only_damages(cls, seen: tuple[DamageType, ...] | None) -> tuple[DamageType, ...] | None:
        if seen and not set(seen) <= set(VISIBLE_DAMAGES):
            raise ValueError("no fault: undamaged and not_vehicle are no damages")
        return seen

    @model_validator(mode="after")
    def _something_perceived(self) -> "ConditionsModel":
        if not (self.noises or self.damages or self.codes or self.words):
            raise ValueError("nothing perceived")
        return self


class LookAtModel(_Bilingual):
    """Exactly one: a fault, a test (ids of the knowledge base, or their names), or a fault that
    the base does not know yet, in words."""

    chinese: ClassVar[Mapping[str, str]] = {
        "fault": "故障", "test": "检查", "unknown_fault": "库外故障",
    }  # fmt: skip
    fault: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    test: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    unknown_fault: Annotated[str, Field(min_length=2, max_length=200)] | None = None

    @model_validator(mode="after")
    def _one(self) -> "LookAtModel":
        if sum(value is not None for value in (self.fault, self.test, self.unknown_fault)) != 1:
            raise ValueError("exactly one")
        return self


class StatementModel(_Bilingual):
    """One person says a rule."""

    chinese: ClassVar[Mapping[str, str]] = {
        "conditions": "条件", "look_at": "先查", "strength": "把握", "role": "角色",
        "author": "作者", "workshop": "车间", "date": "日期", "note": "备注",
    }  # fmt: skip
    conditions: ConditionsModel = Field(description="What has to hold.")
    look_at: LookAtModel = Field(description="What to look at first.")
    strength: Annotated[Strength, _ids(STRENGTH_NAMES)] = Field(description="How often it is that.")
    role: Annotated[Role, _ids(ROLE_NAMES)] = Field(description="What the author is.")
    author: Key = Field(
        description="Key of the author, such as t017: no name, no number of a card."
    )
    stated_on: _Day = Field(alias="date", description="When it was said, such as 2026-11-02.")
    workshop: Key | None = Field(default=None, description="Key of the workshop.")
    note: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="Anything else; no personal data."
    )

    @field_validator("note")
    @classmethod
    def _no_personal_data(cls, note: str | None) -> str | None:
        found = [kind for kind, pattern in _PRIVATE.items() if note and pattern.search(note)]
        if found:
            raise ValueError(f"private: {', '.join(found)}")
        return note


def _checked_range(bounds: _Bounds) -> _Bounds:
    if bounds.low is None and bounds.high is None:
        raise ValueError("empty range")
    if bounds.low is not None and bounds.high is not None and bounds.high < bounds.low:
        raise ValueError("upside down")
    return bounds


def chinese_key(english: str) -> list[str]:
    """The Chinese keys that stand for an English one."""
    models = (StatementModel, ConditionsModel, LookAtModel, RangeModel, YearsModel)
    return [model.chinese[english] for model in models if english in model.chinese]
