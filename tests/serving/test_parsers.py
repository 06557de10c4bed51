"""Every parser of files and bodies that people send: a value, or an error that says what is wrong.

Structures come from the words of each format, so that chance gets past the first check.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.diagnosis.examples import shipped
from tingzhen.diagnosis.cases.work_orders.mapping import parse_mapping
from tingzhen.diagnosis.cases.work_orders.open_orders import open_orders
from tingzhen.diagnosis.experience import read_rule_file
from tingzhen.diagnosis.knowledge_files.base import read_base
from tingzhen.diagnosis.patterns.exposure import read_exposure
from tingzhen.errors import TingzhenError
from tingzhen.media.sniff import sniff
from tingzhen.serving.context import parse_context
from tingzhen.serving.report.findings import parse_report
from tingzhen.serving.settings import Settings

WORDS = st.sampled_from([
    "vehicle", "make", "year", "powertrain", "electric", "when", "cold_start", "speed_kmh", "codes",
    "P0301", "complaint", "schema", "tingzhen.report/1", "noise", "damage", "types", "events",
    "diagnosis", "columns", "order", "sources", "column", "values", "file", "encoding", "rules",
    "statement", "faults", "fault", "look_at", "zh", "en", "conditions", "month", "vehicles", "id",
    "knock", "1e999", "2024-02-30", "=1+1", "\x00", "\ufeff", "引擎", "",
])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)
DEEP = st.sampled_from([b"[" * 300, b'{"a":' * 2_000, b"- " * 1_000, b"a: &a [*a, *a]\n"])
JSON = st.one_of(
    VALUES.map(lambda value: json.dumps(value).encode()), st.binary(max_size=300), DEEP
)
YAML = st.one_of(
    VALUES.map(lambda value: yaml.safe_dump(value).encode()), st.binary(max_size=300), DEEP
)
ROWS = st.lists(st.lists(WORDS | st.text(max_size=8), max_size=6), max_size=6)
SHEET = st.one_of(
    st.tuples(ROWS, st.sampled_from([",", ";", "\t"])).map(
        lambda drawn: "\n".join(drawn[1].join(row) for row in drawn[0]).encode("utf-8", "replace")
    ),
    st.binary(max_size=300),
)
CHANCE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def is_told(parse: Callable[[], Any]) -> None:
    """A value or a typed error with two texts; anything else fails the test."""
    try:
        parse()
    except TingzhenError as error:
        assert error.code
        assert error.text.zh
        assert error.text.en


@CHANCE
@given(JSON)
def test_circumstances(content: bytes) -> None:
    is_told(lambda: parse_context(content))


@CHANCE
@given(JSON)
def test_a_report_given_as_input(content: bytes) -> None:
    is_told(lambda: parse_report(content, Settings()))


@CHANCE
@given(YAML)
def test_a_mapping_of_work_orders(content: bytes) -> None:
    is_told(lambda: parse_mapping(content, "mapping.yaml"))


@CHANCE
@given(content=st.one_of(SHEET, JSON), suffix=st.sampled_from(["csv", "json", "jsonl", "txt"]))
def test_work_orders(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"orders.{suffix}"
    path.write_bytes(content)
    is_told(lambda: list(open_orders(path).entries()))


@CHANCE
@given(content=st.one_of(YAML, JSON), suffix=st.sampled_from(["yaml", "json"]))
def test_a_file_of_rules(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"rules.{suffix}"
    path.write_bytes(content)
    is_told(lambda: read_rule_file(path, shipped()))


@CHANCE
@given(content=SHEET)
def test_vehicles_in_service(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "exposure.csv"
    path.write_bytes(content)
    is_told(lambda: read_exposure(path))


@CHANCE
@given(
    content=st.one_of(YAML, SHEET, JSON),
    name=st.sampled_from(["base.json", "a/b.yaml", "a/faults.csv"]),
)
def test_a_knowledge_base(content: bytes, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    is_told(lambda: read_base(path if path.parent == tmp_path else path.parent))


@CHANCE
@given(st.binary(max_size=64) | st.sampled_from([b"ID3" + b"\xff" * 9, b"RIFF", b"\xff\xff"]))
def test_the_first_bytes_of_a_file(head: bytes) -> None:
    sniff(head)


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['true']", "!!python/name:os"])
def test_yaml_makes_no_objects(tag: str) -> None:
    with pytest.raises(TingzhenError):
        parse_mapping(f"columns: {tag}".encode(), "mapping.yaml")
