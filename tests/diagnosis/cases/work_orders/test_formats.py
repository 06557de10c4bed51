"""The same orders give the same cases, whatever file they come in."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from benchmarks.work_orders import export_row, write_export
from tests.diagnosis.cases.work_orders.importing import bring_in, kept
from tingzhen.diagnosis.cases import CaseRecord, CaseStore, open_cases
from tingzhen.diagnosis.cases.work_orders.separated import SEPARATORS
from tingzhen.errors import OrdersError

ENCODINGS = ("utf-8", "utf-8-sig", "gb18030")


def expected(cases: tuple[CaseRecord, ...]) -> list[tuple[object, ...]]:
    return [told(case) for case in cases]


def told(case: CaseRecord) -> tuple[object, ...]:
    return (
        case.number, case.opened_on, case.model, case.year, case.mileage_km, case.region,
        case.complaint, case.fault, case.minutes, case.cost_cny, case.fixed_first_time,
        # A probability of 0 says as much as none.
        {kind: p for kind, p in case.noises.items() if p},
        {kind: p for kind, p in case.damages.items() if p}, case.workshop,
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_csv_in_every_encoding(
    store: CaseStore, tmp_path: Path, some_cases: tuple[CaseRecord, ...], encoding: str
) -> None:
    path = tmp_path / "orders.csv"
    write_export(path, iter(some_cases), encoding)
    result = bring_in(store, path)
    assert (result.records, result.added, result.rejected) == (120, 120, 0)
    assert [told(case) for case in kept(store)] == expected(some_cases)


@pytest.mark.parametrize("separator", SEPARATORS)
def test_csv_with_every_separator(
    store: CaseStore, tmp_path: Path, some_cases: tuple[CaseRecord, ...], separator: str
) -> None:
    path = tmp_path / "orders.txt"
    rows = [export_row(case) for case in some_cases]
    lines = [list(rows[0])] + [[str(value) for value in row.values()] for row in rows]
    quoted = [separator.join(f'"{v.replace(chr(34), chr(34) * 2)}"' for v in line)
              for line in lines]  # fmt: skip
    path.write_text("\r\n".join(quoted), encoding="utf-8")
    assert bring_in(store, path).added == 120
    assert [told(case) for case in kept(store)] == expected(some_cases)


def typed_rows(cases: tuple[CaseRecord, ...]) -> list[dict[str, Any]]:
    return [
        export_row(case) | {"noises": case.noises, "damages": case.damages,
                            "一次修复": case.fixed_first_time}
        for case in cases
    ]  # fmt: skip


@pytest.mark.parametrize("lines", [True, False])
def test_json_lines_and_json_arrays(
    store: CaseStore, tmp_path: Path, some_cases: tuple[CaseRecord, ...], lines: bool
) -> None:
    rows = typed_rows(some_cases)
    texts = [json.dumps(row, ensure_ascii=False) for row in rows]
    path = tmp_path / "orders.json"
    path.write_text("\n".join(texts) if lines else json.dumps(rows, indent=1), encoding="utf-8")
    assert bring_in(store, path).added == 120
    assert [told(case) for case in kept(store)] == expected(some_cases)


def test_parquet_with_types_of_its_own(
    store: CaseStore, tmp_path: Path, some_cases: tuple[CaseRecord, ...]
) -> None:
    rows = [
        row | {"开单日期": case.opened_on, "行驶里程": case.mileage_km,
               "sound_embedding": [0.25, -1.0, float(number)]}
        for number, (row, case) in enumerate(zip(typed_rows(some_cases), some_cases, strict=True))
    ]  # fmt: skip
    path = tmp_path / "orders.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    assert bring_in(store, path).added == 120
    cases = kept(store)
    assert [told(case) for case in cases] == expected(some_cases)
    assert cases[3].sound_embedding is not None
    np.testing.assert_array_equal(cases[3].sound_embedding, np.float32([0.25, -1.0, 3.0]))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\xff\xfea\x00,\x00b\x00", "UTF-16"),
        ("a.xlsx", b"PK\x03\x04....", "Excel"),
        ("a.parquet", b"PAR1 not really", "Parquet"),
        ("a.csv", b"\n\n\n", "empty"),
        ("a.csv", b",,,\n1,2,3,4\n", "header"),
        ("a.csv", b"one,two\n1,2\n", "opened_on"),
    ],
)
def test_a_file_that_is_none_says_so(
    store: CaseStore, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(OrdersError, match=words):
        bring_in(store, path)
    assert store.count() == 0


def test_a_file_that_is_missing(store: CaseStore, tmp_path: Path) -> None:
    with pytest.raises(OrdersError, match="cannot be read"):
        bring_in(store, tmp_path / "none.csv")


def test_the_encoding_with_fewer_wrong_lines_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    lines = ["工单号,开单日期,车型".encode("gb18030")]
    lines += [f"G{i},2025-01-02,朗逸".encode("gb18030") for i in range(20)]
    lines[7] = b"G6,2025-01-02,\xff\xff"
    path.write_bytes(b"\n".join(lines))
    store = open_cases("sqlite://")
    result = bring_in(store, path)
    assert (result.added, result.rejected) == (19, 1)
    assert {case.model for case in kept(store)} == {"朗逸"}
    store.close()
