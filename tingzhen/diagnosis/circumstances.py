"""The circumstances of a clip: what `--context` and an upload may say beside the recording."""

import re
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tingzhen.errors import ContextError
from tingzhen.language import Text

Powertrain = Literal["petrol", "diesel", "hybrid", "electric"]
When = Literal[
    "cold_start", "warm_idle", "accelerating", "steady_speed", "braking", "turning_left",
    "turning_right", "bumps", "reversing", "charging", "switching_on", "parked", "always",
]  # fmt: skip
POWERTRAINS: tuple[Powertrain, ...] = get_args(Powertrain)
WHEN: tuple[When, ...] = get_args(When)

# SAE J2012 / ISO 15031-6: system letter, 0..3, three hexadecimal digits.
CODE_PATTERN: Final = r"^[PBCU][0-3][0-9A-F]{3}$"
_PROBLEMS_SHOWN: Final = 5


def _normal_code(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


Code = Annotated[str, BeforeValidator(_normal_code), Field(pattern=CODE_PATTERN)]
_Words = Annotated[str, Field(max_length=80)]
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Vehicle(BaseModel):
    """Which vehicle it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    make: _Words | None = Field(default=None, description="Maker, as the owner writes it.")
    model: _Words | None = Field(default=None, description="Model, as the owner writes it.")
    year: Annotated[int, Field(strict=True, ge=1950, le=2100)] | None = Field(
        default=None, description="Model year."
    )
    powertrain: Powertrain | None = Field(default=None, description="What drives it.")
    mileage_km: Annotated[_Number, Field(ge=0, le=3_000_000)] | None = Field(
        default=None, description="Odometer reading in kilometres."
    )


class Circumstances(BaseModel):
    """When the noise comes, how the vehicle was used, what the owner says, stored codes.

    Every key is optional; unknown keys are refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    vehicle: Vehicle = Field(default_factory=Vehicle, description="Which vehicle it is.")
    when: Annotated[tuple[When, ...], Field(max_length=32)] = Field(
        default=(), description="In which situations it is heard."
    )
    speed_kmh: Annotated[_Number, Field(ge=0, le=400)] | None = Field(
        default=None, description="Road speed while it is heard, km/h."
    )
    ambient_c: Annotated[_Number, Field(ge=-60, le=70)] | None = Field(
        default=None, description="Outside temperature, degrees Celsius."
    )
    humidity_pct: Annotated[_Number, Field(ge=0, le=100)] | None = Field(
        default=None, description="Relative humidity of the air, percent."
    )
    complaint: Annotated[str, Field(max_length=4000)] | None = Field(
        default=None, description="The owner's own words, Chinese or English."
    )
    codes: Annotated[tuple[Code, ...], Field(max_length=64)] = Field(
        default=(), description="Stored trouble codes (SAE J2012), such as P0301."
    )


def parse_circumstances(obj: object) -> Circumstances:
    """Read the object given with a clip; None or {} means that nothing is known.

    Raises ContextError naming every key that does not fit (the first five of them).
    """
    if obj is None:
        return Circumstances()
    if isinstance(obj, Circumstances):
        return obj
    if not isinstance(obj, dict):
        raise ContextError(
            Text("情况说明须为一个 JSON 对象，例如 {\"when\": [\"braking\"]}。",
                 "The context must be one JSON object, such as {\"when\": [\"braking\"]}.")
        )  # fmt: skip
    try:
        return Circumstances.model_validate(obj)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=True)
        texts = [_problem_text(dict(problem)) for problem in problems[:_PROBLEMS_SHOWN]]
        raise ContextError(
            Text("情况说明有误：" + "；".join(t.zh for t in texts) + "。",
                 "The context does not fit: " + "; ".join(t.en for t in texts) + ".")
        ) from None  # fmt: skip


def circumstances_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the context object, as pydantic writes it."""
    return Circumstances.model_json_schema()


def _problem_text(problem: dict[str, Any]) -> Text:
    key = _key_name(problem["loc"])
    kind, limits = str(problem["type"]), problem.get("ctx", {})
    if kind == "extra_forbidden":
        known = ", ".join(_known_keys(problem["loc"]))
        return Text(f"不认识的键“{key}”（可用：{known}）", f'unknown key "{key}" (known: {known})')
    if kind == "literal_error":
        allowed = str(limits["expected"]).replace(" or ", ", ").replace("'", "")
        return Text(f"“{key}”只能是：{allowed}", f'"{key}" must be one of: {allowed}')
    if kind == "string_pattern_mismatch":
        return Text(
            f"“{key}”不是有效的故障码（应类似 P0301）",
            f'"{key}" is not a trouble code (it should look like P0301)',
        )
    bound = _bound_text(kind, limits)
    if bound is not None:
        return Text(f"“{key}”{bound.zh}", f'"{key}" {bound.en}')
    wanted = _WANTED.get(re.sub(r"_(type|parsing)$", "", kind))
    if wanted is not None:
        return Text(f"“{key}”应为{wanted.zh}", f'"{key}" must be {wanted.en}')
    return Text(f"“{key}”的值无效", f'"{key}" has a value that does not fit')


_WANTED: Final = {
    "float": Text("数字", "a number"),
    "finite_number": Text("有限的数字", "a finite number"),
    "int": Text("整数", "a whole number"),
    "int_from_float": Text("整数", "a whole number"),
    "string": Text("文字", "text"),
    "tuple": Text("列表", "a list"),
    "model": Text(" JSON 对象", "a JSON object"),
}


def _bound_text(kind: str, limits: dict[str, Any]) -> Text | None:
    if kind == "greater_than_equal":
        return Text(f"不能小于 {limits['ge']:g}", f"must be at least {limits['ge']:g}")
    if kind == "less_than_equal":
        return Text(f"不能大于 {limits['le']:g}", f"must be at most {limits['le']:g}")
    if kind == "string_too_long":
        most = limits["max_length"]
        return Text(f"不能超过 {most} 个字符", f"must have at most {most} characters")
    if kind == "too_long":
        most = limits["max_length"]
        return Text(f"不能超过 {most} 项", f"must have at most {most} entries")
    return None


def _key_name(location: tuple[int | str, ...]) -> str:
    name = ""
    for part in location:
        shown = part if isinstance(part, int) else str(part)[:60]
        name += f"[{shown}]" if isinstance(part, int) else f"{'.' if name else ''}{shown}"
    return name


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Vehicle if location[0] == "vehicle" else Circumstances
    return sorted(model.model_fields) if len(location) > 1 else sorted(Circumstances.model_fields)
