"""An order counts once, however often and in whatever order it comes."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from benchmarks.work_orders import generated_cases, write_export
from tests.diagnosis.cases.work_orders.importing import GOOD, HEADER, bring_in, kept
from tests.diagnosis.examples import shipped
from tests.postgres import on_both_databases
from tingzhen.diagnosis.cases import CaseStore, open_cases
from tingzhen.diagnosis.cases.tables import CASES


def links(store: CaseStore) -> dict[str, tuple[str | None, str | None]]:
    with store.reading() as connection:
        rows = connection.execute(select(CASES.c.number, CASES.c.duplicate_why, CASES.c.id))
        return {row.id: (row.number, row.duplicate_why) for row in rows}


def write(tmp_path: Path, name: str, *lines: str) -> Path:
    path = tmp_path / name
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


@on_both_databases
def test_the_same_file_again_does_nothing(store: CaseStore, tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", GOOD)
    first, second = bring_in(store, path), bring_in(store, path)
    assert (first.added, second.added, second.resumed) == (1, 1, 1)
    assert first.import_id == second.import_id
    assert store.count() == 1


@on_both_databases
def test_the_same_order_in_another_export_counts_once(store: CaseStore, tmp_path: Path) -> None:
    bring_in(store, write(tmp_path, "a.csv", GOOD))
    other = bring_in(store, write(tmp_path, "b.csv", GOOD.replace("2025-01-03", "2025/01/03")))
    assert (other.added, other.repeated) == (0, 1)
    assert store.count() == 1


@on_both_databases
def test_a_later_version_of_an_order_takes_its_place(store: CaseStore, tmp_path: Path) -> None:
    still_open = GOOD.replace("accessory_belt_worn", "").replace("换皮带", "")
    bring_in(store, write(tmp_path, "a.csv", still_open))
    assert [case.fault for case in kept(store)] == [None]
    assert bring_in(store, write(tmp_path, "b.csv", GOOD)).replaced == 1
    assert [case.fault for case in kept(store)] == ["accessory_belt_worn"]
    # An old export that comes late does not take the confirmed fault away.
    old = bring_in(store, write(tmp_path, "c.csv", still_open.replace("48,200", "48,201")))
    assert old.replaced == 1
    assert [case.fault for case in kept(store)] == ["accessory_belt_worn"]
    assert len(links(store)) == 3


@pytest.mark.parametrize(
    ("change", "alike"),
    [
        ({"GD1,": "XX9,", "2025-01-03": "2025-01-05", "吱吱响": "吱吱响声"}, True),
        ({"GD1,": "XX9,", "2025-01-03": "2025-02-05"}, False),  # a month later
        ({"GD1,": "XX9,", "2025-01-03": "2025-01-06", "48,200": "48,900"}, False),  # a come-back
        ({"GD1,": "XX9,", "换皮带": "换轮胎"}, False),  # another repair
        ({"GD1,": "XX9,", "冷车启动吱吱响": "空调不凉"}, False),  # other words
        ({"GD1,": "XX9,", "LSVAA4187E2184841": "LSVAA4187E2184842"}, False),  # another vehicle
    ],
)
def test_orders_of_one_visit_are_linked(
    store: CaseStore, tmp_path: Path, change: dict[str, str], alike: bool
) -> None:
    line = GOOD
    for old, new in change.items():
        assert old in line
        line = line.replace(old, new)
    result = bring_in(store, write(tmp_path, "a.csv", GOOD, line))
    assert (result.added, result.alike) == ((1, 1) if alike else (2, 0))
    assert store.count() == (1 if alike else 2)
    assert len(links(store)) == 2  # both are kept
    assert ("XX9", "alike") in links(store).values() or not alike


@on_both_databases
def test_of_two_alike_the_confirmed_one_counts(store: CaseStore, tmp_path: Path) -> None:
    unsure = GOOD.replace("GD1,", "XX9,").replace("accessory_belt_worn", "")
    bring_in(store, write(tmp_path, "a.csv", unsure))
    assert bring_in(store, write(tmp_path, "b.csv", GOOD)).alike == 1
    assert [case.number for case in kept(store)] == ["GD1"]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_however_exports_overlap_each_order_counts_once(
    tmp_path_factory: pytest.TempPathFactory, seed: int, files: int
) -> None:
    cases = list(generated_cases(shipped(), 30, seed=3))
    rng = random.Random(seed)
    store = open_cases("sqlite://")
    for number in range(files):
        some = rng.sample(cases, rng.randint(1, 30)) + rng.sample(cases, rng.randint(0, 9))
        path = tmp_path_factory.mktemp("exports") / f"{number}.csv"
        write_export(path, iter(some))
        bring_in(store, path, batch=rng.randint(1, 12))
    rest = tmp_path_factory.mktemp("exports") / "all.csv"
    write_export(rest, iter(cases))
    bring_in(store, rest)
    assert sorted(case.number or "" for case in kept(store)) == [case.number for case in cases]
    assert len(links(store)) == len(cases)
    store.close()
