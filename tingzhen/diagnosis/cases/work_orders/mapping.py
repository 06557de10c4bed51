"""The mapping: which column of a work-order file is what. YAML, checked before anything is read."""

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from tingzhen.diagnosis.cases.record import SIMULATION, CaseSource
from tingzhen.diagnosis.cases.work_orders.encoding import Encoding
from tingzhen.errors import OrdersError
from tingzhen.language import Text

OrderField = Literal[
    "number", "opened_on", "make", "model", "year", "powertrain", "mileage_km", "region",
    "ambient_c", "humidity_pct", "speed_kmh", "when", "complaint", "codes", "noises", "damages",
    "sound_embedding", "picture_embedding", "fault", "none_of_these", "repair", "minutes",
    "cost_cny", "fixed_first_time", "vin", "workshop",
]  # fmt: skip
ORDER_FIELDS: Final[tuple[OrderField, ...]] = get_args(OrderField)

Unit = Literal["km", "wan_km", "mi", "min", "h", "cny", "fen", "wan_cny", "c", "f"]
UNITS_OF: Final[dict[OrderField, tuple[Unit, ...]]] = {
    "mileage_km": ("km", "wan_km", "mi"),
    "minutes": ("min", "h"),
    "cost_cny": ("cny", "fen", "wan_cny"),
    "ambient_c": ("c", "f"),
}
NO_VALUE: Final = ("-", "--", "/", "无", "null", "none", "n/a", "nan")
_PROBLEMS_SHOWN: Final = 5
_MOST_BYTES: Final = 4_000_000

Value = str | int | float | bool


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]


class ColumnRule(BaseModel):
    """How one field is made. Short forms: a text is `column`, a list is `any_of`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str | None = Field(None, description="Name of the column.")
    any_of: tuple[str, ...] = Field((), description="The first of these columns that there is.")
    join: tuple[str, ...] = Field((), description="These columns together, with / between.")
    value: Value | None = Field(None, description="The same for every order.")
    format: _Names = Field((), description="Formats of a date (strptime), tried in turn.")
    unit: Unit | None = Field(None, description="Unit of a number.")
    values: dict[str, Value] = Field({}, description="What each word of the column stands for.")
    contains: dict[str, Value] = Field({}, description="What each word within the text says.")
    split: str | None = Field(None, description="Regular expression between several values.")
    ignore: tuple[str, ...] = Field(NO_VALUE, description="Words that mean: not known.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"column": given}
        return {"any_of": given} if isinstance(given, list) else given

    @model_validator(mode="after")
    def _one_source(self) -> "ColumnRule":
        sources = [self.column is not None, bool(self.any_of), bool(self.join),
                   self.value is not None]  # fmt: skip
        if sum(sources) != 1:
            raise ValueError("give exactly one of column, any_of, join, value")
        if self.split is not None:
            try:
                re.compile(self.split)
            except re.error as error:
                raise ValueError(f"split is no regular expression: {error}") from error
        return self


class FileRule(BaseModel):
    """How the file is written; found by itself where it is not said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoding: Encoding | None = None
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None


class OrderMapping(BaseModel):
    """A whole mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: CaseSource = "work_order"
    file: FileRule = FileRule()
    columns: dict[OrderField, ColumnRule]

    @model_validator(mode="after")
    def _fits(self) -> "OrderMapping":
        if "opened_on" not in self.columns:
            raise ValueError("columns.opened_on is missing: every order needs its date")
        for name, rule in self.columns.items():
            if rule.unit is not None and rule.unit not in UNITS_OF.get(name, ()):
                allowed = ", ".join(UNITS_OF.get(name, ())) or "none"
                raise ValueError(f"columns.{name}.unit cannot be {rule.unit} (allowed: {allowed})")
        return self

    def of_simulation(self) -> "OrderMapping":
        """The same for orders that are generated: their cases are marked as such."""
        return self.model_copy(update={"source": SIMULATION})

    def sha256(self) -> str:
        """Of the content: equal for mappings that say the same."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


DEFAULT_MAPPING: Final = Path(__file__).parent / "mapping.yaml"


@cache
def default_mapping() -> OrderMapping:
    """The mapping for our own field names and for common headings of Chinese dealer systems."""
    return read_mapping(DEFAULT_MAPPING)


def read_mapping(path: Path) -> OrderMapping:
    """Raises OrdersError that names what does not fit."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OrdersError(
            Text(f"映射文件无法读取：{path}（{error.strerror}）。",
                 f"The mapping cannot be read: {path} ({error.strerror}).")
        ) from error  # fmt: skip
    return parse_mapping(content, path.name)


def parse_mapping(content: bytes, name: str) -> OrderMapping:
    """A mapping from YAML. name: shown in errors. Raises OrdersError."""
    try:
        if len(content) > _MOST_BYTES:
            raise ValueError("the file is larger than 4 MB")  # noqa: TRY301
        return OrderMapping.model_validate(yaml.safe_load(content.decode("utf-8-sig")))
    except ValidationError as error:
        listed = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'mapping'}: {e['msg']}"
            for e in error.errors(include_url=False)[:_PROBLEMS_SHOWN]
        )
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        listed = " ".join(str(error).split())
    raise OrdersError(
        Text(f"映射文件 {name} 有误：{listed}。请参阅 docs/cases.md。",
             f"The mapping {name} does not fit: {listed}. See docs/cases.md.")
    )  # fmt: skip
