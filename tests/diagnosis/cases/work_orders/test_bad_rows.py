"""A bad row costs itself only; it is reported by line and kept as it stood."""

import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnosis.cases.work_orders.importing import GOOD, HEADER, bring_in, kept
from tingzhen.diagnosis.cases import CaseStore, open_cases
from tingzhen.diagnosis.cases.work_orders import rejected_rows
from tingzhen.diagnosis.cases.work_orders.separated import SeparatedFile

BAD = {
    "GD2,2025-13-40,,,,朗逸,1,,,\n": '"2025-13-40" is not a date',
    "GD3,,,,,朗逸,1,,,\n": "has no date",
    "GD4,2025-01-03,,,,朗逸,-5,,,\n": "-5 is outside 0 to 3e+06",
    "GD5,2025-01-03,,,,朗逸,far,,,\n": 'column "行驶里程": "far" is not a number',
    "GD6,2025-01-03,,\n": "has 4 fields where the header has 10",
    "GD7,2025-01-03,,,,朗逸,1,,,,,,\n": "has 13 fields where the header has 10",
    'GD8,2025-01-03,"never closed,,,,1,,,\n': "quote",
}


def good(number: int) -> str:
    return GOOD.replace("GD1", f"GD10{number}").replace(
        "LSVAA4187E2184841", f"LSVAA4187E21848{number:02}"
    )


@pytest.mark.parametrize("line", BAD)
def test_the_line_and_the_reason_are_told_and_the_rest_is_taken(
    store: CaseStore, tmp_path: Path, line: str
) -> None:
    path = tmp_path / "orders.csv"
    before, after = [good(i) for i in range(3)], [good(i) for i in range(3, 70)]
    path.write_text(HEADER + "".join(before) + line + "".join(after), encoding="gb18030")
    result = bring_in(store, path)
    assert (result.added, result.rejected) == (70, 1)
    (row,) = rejected_rows(store, result.import_id)
    assert row.line == 5
    assert BAD[line] in row.reason.en
    assert result.rejected_file is not None
    assert result.rejected_file.read_bytes() == (HEADER + line).encode("gb18030")
    assert stat.S_IMODE(result.rejected_file.stat().st_mode) == 0o600


def test_what_was_kept_aside_can_be_corrected_and_imported(
    store: CaseStore, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + good(1) + "GD4,2025-01-03,,,,朗逸,-5,,,\n", encoding="utf-8")
    aside = bring_in(store, path).rejected_file
    assert aside is not None
    text = aside.read_text(encoding="utf-8")
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(text.replace("-5", "5"), encoding="utf-8")
    result = bring_in(store, corrected)
    assert (result.added, result.rejected) == (1, 0)
    assert [case.number for case in kept(store)] == ["GD101", "GD4"]


def test_every_reason_of_a_row_is_told(store: CaseStore, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "GD3,soon,,,,朗逸,far,,,\n", encoding="utf-8")
    (row,) = rejected_rows(store, bring_in(store, path).import_id)
    assert "开单日期" in row.reason.en and "行驶里程" in row.reason.en


def test_line_ends_within_quotes_are_one_record(store: CaseStore, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    long = GOOD.replace("冷车启动吱吱响", '"冷车启动\n吱吱响"')
    path.write_text(HEADER + long + "GD3,soon,,,,朗逸,1,,,\n", encoding="utf-8")
    result = bring_in(store, path)
    (row,) = rejected_rows(store, result.import_id)
    assert (result.added, row.line) == (1, 4)
    assert kept(store)[0].complaint == "冷车启动 吱吱响"


@pytest.mark.parametrize("content", ["[{},\n5, {}, {oops", '{"a": 1}\n5\n{oops\n'])
def test_json_that_breaks_off_keeps_what_came_before(
    store: CaseStore, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "orders.json"
    order = '{"工单号": "A", "opened_on": "2025-01-02"}'
    path.write_text(content.replace("{}", order).replace('{"a": 1}', order), encoding="utf-8")
    result = bring_in(store, path)
    reasons = [row.reason.en for row in rejected_rows(store, result.import_id)]
    assert store.count() == 1
    assert any("not a JSON object" in reason for reason in reasons)
    assert any("valid JSON" in reason for reason in reasons)
    assert result.rejected_file is not None
    assert "oops" in result.rejected_file.read_text(encoding="utf-8")


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_whatever_follows_the_header_no_byte_is_lost(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Entries take every byte but those of blank lines, in order, once; and the import says of each
    whether it was taken."""
    path = tmp_path_factory.mktemp("any") / "orders.csv"
    path.write_bytes(HEADER.encode() + content)
    file = SeparatedFile(path)
    whole = path.read_bytes()
    at = len(HEADER.encode())
    for entry in file.entries():
        assert not whole[at : entry.start].strip()
        at = entry.end
    assert not whole[at:].strip()
    store = open_cases("sqlite://")
    result = bring_in(store, path)
    assert result.added + result.repeated + result.replaced + result.alike + result.rejected == (
        result.records
    )
    store.close()


@pytest.mark.parametrize(
    "more",
    [
        '"mileage_km": 1' + "0" * 400,
        '"mileage_km": true',
        '"sound_embedding": [1e300]',
        '"sound_embedding": [[1], [2, 3]]',
        '"noises": {"squeal": 2}',
        '"noises": [1]',
        '"when": ["noon"]',
        '"codes": [5]',
        '"year": "the year"',
        '"opened_on": [2025]',
    ],
)
def test_values_of_odd_kinds_make_a_bad_row(store: CaseStore, tmp_path: Path, more: str) -> None:
    path = tmp_path / "orders.json"
    day = '{"opened_on": "2025-01-02"'
    path.write_text(f"{day}, {more}}}\n{day}}}\n", encoding="utf-8")
    result = bring_in(store, path)
    assert (result.added, result.rejected) == (1, 1)


def test_half_characters_of_json_reach_no_database(store: CaseStore, tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text(
        r'{"opened_on": "2025-01-02", "complaint": "a\ud800\u0000b", "model": "\udfff"}'
    )
    assert bring_in(store, path).added == 1
    assert (kept(store)[0].complaint, kept(store)[0].model) == ("a  b", None)
