"""The fixed context object: what it takes, and what it says about what it refuses."""

import json
from typing import Any

import jsonschema
import pytest

from tingzhen.diagnosis import Circumstances, circumstances_schema, parse_circumstances
from tingzhen.errors import ContextError
from tingzhen.language import LANGUAGES

EVERYTHING = {
    "vehicle": {
        "make": "大众", "model": "Passat", "year": 2018, "powertrain": "petrol",
        "mileage_km": 128000,
    },
    "when": ["cold_start", "warm_idle", "accelerating", "steady_speed", "braking", "turning_left",
             "turning_right", "bumps", "reversing", "charging", "switching_on", "parked", "always"],
    "speed_kmh": 62.5, "ambient_c": -4, "humidity_pct": 85,
    "complaint": "早上冷车启动吱吱响", "codes": ["P0301", "u0100"],
}  # fmt: skip


def test_every_key_of_the_contract_is_taken() -> None:
    given = parse_circumstances(json.loads(json.dumps(EVERYTHING)))
    assert given.vehicle.mileage_km == 128000
    assert given.when[0] == "cold_start"
    assert len(given.when) == 13
    assert given.codes == ("P0301", "U0100")
    assert given.ambient_c == -4.0


@pytest.mark.parametrize("empty", [None, {}, {"vehicle": {}}, {"speed_kmh": None}])
def test_everything_is_optional(empty: object) -> None:
    assert parse_circumstances(empty) == Circumstances.model_validate({})


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"speed": 3}, "speed"),
        ({"vehicle": {"colour": "red"}}, "vehicle.colour"),
        ({"vehicle": {"powertrain": "steam"}}, "vehicle.powertrain"),
        ({"vehicle": {"mileage_km": -1}}, "vehicle.mileage_km"),
        ({"vehicle": {"year": 2020.5}}, "vehicle.year"),
        ({"vehicle": "Golf"}, "vehicle"),
        ({"when": ["braking", "sometimes"]}, "when[1]"),
        ({"when": "braking"}, "when"),
        ({"speed_kmh": "fast"}, "speed_kmh"),
        ({"speed_kmh": "60"}, "speed_kmh"),
        ({"speed_kmh": True}, "speed_kmh"),
        ({"speed_kmh": 1000}, "speed_kmh"),
        ({"speed_kmh": float("nan")}, "speed_kmh"),
        ({"ambient_c": -100}, "ambient_c"),
        ({"humidity_pct": 101}, "humidity_pct"),
        ({"complaint": ["squeal"]}, "complaint"),
        ({"complaint": "x" * 5000}, "complaint"),
        ({"codes": ["P0301", "P4000"]}, "codes[1]"),
        ({"codes": ["engine lamp"]}, "codes[0]"),
        ({"codes": ["P0301\n"] * 65}, "codes"),
    ],
)
def test_what_does_not_fit_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ContextError) as caught:
        parse_circumstances(wrong)
    assert caught.value.code == "context_invalid"
    for language in LANGUAGES:
        message = caught.value.message(language)
        assert f'"{named}"' in message or f"“{named}”" in message


@pytest.mark.parametrize("wrong", [[], "braking", 3, True])
def test_only_an_object_is_a_context(wrong: object) -> None:
    with pytest.raises(ContextError):
        parse_circumstances(wrong)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ContextError) as caught:
        parse_circumstances({"a": 1, "b": 2, "humidity_pct": -3})
    assert all(f'"{name}"' in str(caught.value) for name in ("a", "b", "humidity_pct"))


def test_schema_says_the_same_as_the_parser() -> None:
    schema = circumstances_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(EVERYTHING | {"codes": ["P0301"]}, schema)
    assert set(schema["properties"]) == set(EVERYTHING)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"speed": 3}, schema)
