"""A mapping says which column is what; what does not fit is refused before anything is read."""

from datetime import date
from pathlib import Path

import pytest

from tests.diagnosis.cases.work_orders.importing import bring_in, kept
from tingzhen.diagnosis.cases import CaseStore
from tingzhen.diagnosis.cases.work_orders import parse_mapping
from tingzhen.errors import OrdersError

EXPORT = (
    "委托书号;行号;进厂;车型代码;里程(万公里);工时;金额(分);温度F;现象;原因;返修;码;厂\n"
    "R77;2;45292;0A3;4.82;1.5;128050;41;冷车 刹车 没有颠簸;R2101;否;P0301-00、p0302;苏州\n"
)
MAPPING = """
source: import
file: {separator: ";", encoding: utf-8}
columns:
  number: {join: [委托书号, 行号]}
  opened_on: {column: 进厂, format: excel}
  make: {value: 示范}
  model: {column: 车型代码, values: {0A3: 示范A3}}
  mileage_km: {column: 里程(万公里), unit: wan_km}
  minutes: {column: 工时, unit: h}
  cost_cny: {column: 金额(分), unit: fen}
  ambient_c: {column: 温度F, unit: f}
  when: {column: 现象, contains: {冷车: cold_start, 刹车: braking, 颠簸: bumps}}
  complaint: 现象
  fault: {column: 原因, values: {R2101: brake_pads_worn}}
  fixed_first_time: {column: 返修, values: {否: true, 是: false}}
  codes: {column: 码, split: "[、]"}
  workshop: [门店, 厂]
"""


def test_everything_that_a_mapping_can_say(store: CaseStore, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(EXPORT, encoding="utf-8")
    mapping = parse_mapping(MAPPING.encode(), "mapping.yaml")
    assert bring_in(store, path, mapping).added == 1
    (case,) = kept(store)
    assert (case.source, case.number, case.workshop) == ("import", "R77/2", "苏州")
    assert case.opened_on == date(2024, 1, 1)
    assert (case.make, case.model) == ("示范", "示范A3")
    assert case.mileage_km == pytest.approx(48_200)
    assert (case.minutes, case.cost_cny) == (90.0, pytest.approx(1280.5))
    assert case.ambient_c == pytest.approx(5.0)
    assert case.when == ("cold_start", "braking")  # bumps are denied
    assert case.codes == ("P0301", "P0302")
    assert (case.fault, case.fixed_first_time) == ("brake_pads_worn", True)


def test_faults_that_the_base_does_not_know_are_counted(store: CaseStore, tmp_path: Path) -> None:
    rows = ["制动片磨损到极限", "外星人", "外星人", "none_of_these", "brake_pads_worn", ""]
    path = tmp_path / "orders.csv"
    lines = [f"N{i},2025-02-0{i + 1},{fault}" for i, fault in enumerate(rows)]
    path.write_text("\n".join(["number,opened_on,fault", *lines]), encoding="utf-8")
    assert bring_in(store, path).added == 6
    assert dict(store.unknown_faults())["外星人"] == 2
    cases = kept(store)
    assert [case.none_of_these for case in cases] == [False] * 3 + [True] + [False] * 2
    assert [case.fault for case in cases][3:] == [None, "brake_pads_worn", None]


def test_a_name_of_a_fault_is_its_id(store: CaseStore, tmp_path: Path) -> None:
    from tests.diagnosis.examples import shipped

    fault = shipped().faults[0]
    path = tmp_path / "orders.csv"
    path.write_text(
        f"number,opened_on,fault\n1,2025-01-01,{fault.name.zh}\n2,2025-01-01,{fault.name.en}\n",
        encoding="utf-8",
    )
    bring_in(store, path)
    assert [case.fault for case in kept(store)] == [fault.id, fault.id]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("columns: {model: 车型}", "opened_on is missing"),
        ("columns: {opened_on: a, colour: b}", "colour"),
        ("columns: {opened_on: {column: a, any_of: [b]}}", "exactly one"),
        ("columns: {opened_on: a, minutes: {column: b, unit: km}}", "cannot be km"),
        ("columns: {opened_on: a, codes: {column: b, split: '['}}", "regular expression"),
        ("columns: [", "mapping.yaml"),
        ("5", "mapping.yaml"),
        ("extra: 1\ncolumns: {opened_on: a}", "extra"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(text: str, words: str) -> None:
    with pytest.raises(OrdersError, match=words):
        parse_mapping(text.encode(), "mapping.yaml")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ("{opened_on: 日期}", "日期"),
        ("{opened_on: a, fault: {column: b, values: {x: no_such_fault}}}", "no_such_fault"),
        ("{opened_on: a, when: {column: b, contains: {x: noon}}}", "noon"),
    ],
)
def test_a_mapping_that_does_not_fit_the_file_or_the_base(
    store: CaseStore, tmp_path: Path, columns: str, words: str
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("a,b\n2025-01-01,x\n", encoding="utf-8")
    with pytest.raises(OrdersError, match=words):
        bring_in(store, path, parse_mapping(f"columns: {columns}".encode(), "m.yaml"))
