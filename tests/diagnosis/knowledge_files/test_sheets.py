"""What people do to sheets: it is taken, or refused with sheet, line and column."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.diagnosis.small_base import write_small_base
from tingzhen.diagnosis.knowledge_check import check_documents
from tingzhen.diagnosis.knowledge_files import Finding, Place, read_base, write_base
from tingzhen.language import LANGUAGES, Language

Rows = list[list[str]]


def sheets(folder: Path, language: Language = "en") -> Path:
    """The small base as sheets."""
    documents, _ = read_base(write_small_base(folder / "yaml"))
    write_base(documents, folder / "csv", "csv", language, replace=False)
    return folder / "csv"


def edit(file: Path, change: Callable[[Rows], None]) -> None:
    rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    change(rows)
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows(rows)


def findings(folder: Path) -> list[Finding]:
    documents, wrong = read_base(folder)
    return [*wrong, *check_documents(documents).findings]


def data(folder: Path) -> dict[str, object]:
    return {document.name: document.data for document in read_base(folder)[0]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheets_are_clean(tmp_path: Path, language: Language) -> None:
    assert findings(sheets(tmp_path, language)) == []


def test_what_spreadsheets_change_is_taken(tmp_path: Path) -> None:
    """Columns in another order, empty rows and columns, TRUE, other headers, semicolons."""
    folder = sheets(tmp_path)
    expected = data(folder)

    def reorder(rows: Rows) -> None:
        rows[0] = [
            {"id": "编号", "name_zh": " 名称（中文） ", "runs": "RUNS"}.get(c, c) for c in rows[0]
        ]
        rows[:] = [[*reversed(row), "", ""] for row in rows]
        rows[1:] = [[{"true": "TRUE", "false": "否"}.get(c, c) for c in row] for row in rows[1:]]
        rows.insert(2, ["", " ", ""])

    edit(folder / "tests.csv", reorder)
    for name, sign in (("links.csv", ";"), ("faults.csv", "\t")):
        text = (folder / name).read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        out = io.StringIO()
        csv.writer(out, delimiter=sign).writerows(rows)
        (folder / name).write_text(out.getvalue(), encoding="utf-8")
    assert findings(folder) == []
    assert data(folder) == expected


def set_cell(row: int, column: str, value: str) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        rows[row][rows[0].index(column)] = value

    return change


def add_row(*cells: str) -> Callable[[Rows], None]:
    return lambda rows: rows.append(list(cells))


BAD: list[tuple[str, Callable[[Rows], None], str, int, str, str]] = [
    # sheet, what is done, code, line, column, words of the sentence
    ("links.csv", set_cell(1, "value", "0,6"), "cell_invalid", 2, "value", "no number"),
    ("links.csv", set_cell(1, "value", "60%"), "cell_invalid", 2, "value", "no number"),
    ("links.csv", set_cell(1, "value", ""), "cell_invalid", 2, "value", "must not be empty"),
    ("links.csv", set_cell(1, "value", "1.6"), "out_of_range", 2, "value", "below 1"),
    ("links.csv", set_cell(1, "what", "whime"), "reference_unknown", 2, "value", "whine"),
    ("links.csv", set_cell(1, "kind", "sound"), "cell_invalid", 2, "kind", "must be noise"),
    ("links.csv", set_cell(1, "fault", "pomp"), "reference_unknown", 2, "fault", "no \"pomp\""),
    ("links.csv", set_cell(1, "outcome", "play"), "cell_invalid", 2, "outcome", "no use"),
    ("links.csv", add_row("pump_worn", "noise", "whine", "", "", "", "0.5"), "id_twice", 16, "what",
     "stands already at links.csv:2"),
    ("links.csv", add_row("pump_worn", "test", "look_at_pump", "", "", "", "0.5"), "cell_invalid",
     16, "outcome", "needs an outcome"),
    ("links.csv", lambda rows: rows[0].__setitem__(6, "valeu"), "column_unknown", 1, "valeu",
     "not known"),
    ("links.csv", lambda rows: rows[1].append("stray"), "cell_invalid", 2, "8", "no column"),
    ("tests.csv", set_cell(1, "tools_en", "Torch | Rag"), "cell_invalid", 2, "tools_en", "pair"),
    ("tests.csv", set_cell(2, "runs", "maybe"), "cell_invalid", 3, "runs", "true or false"),
    ("tests.csv", set_cell(1, "name_en", ""), "cell_invalid", 2, "name_en", "must not be empty"),
    ("faults.csv", set_cell(1, "file", "pump.yaml"), "reference_unknown", 2, "file", "systems.csv"),
    ("faults.csv", set_cell(1, "severity", "bad"), "value_invalid", 2, "severity", "bad"),
    ("repairs.csv", set_cell(1, "labour_min", "-5"), "out_of_range", 2, "labour_min", "above 0"),
    ("repairs.csv", add_row("pump_worn", "甲", "A", "", "", "5", "", "", ""), "id_twice", 5,
     "fault", "a row already"),
    ("outcomes.csv", set_cell(1, "otherwise", "0.5"), "sum_not_one", 2, "test", "adds up to 1.45"),
    ("outcomes.csv", set_cell(1, "test", "nothing"), "reference_unknown", 2, "test", "nothing"),
    ("gates.csv", set_cell(3, "kind", "xor"), "value_invalid", 4, "kind", "xor"),
    ("gates.csv", set_cell(4, "inputs", "e_fan | hot_days"), "reference_unknown", 5, "inputs",
     "hot_day"),
    ("words.csv", set_cell(1, "use", "fautl"), "cell_invalid", 2, "use", "must be fault"),
    ("settings.csv", set_cell(1, "setting", "healthy"), "setting_wrong", 2, "value", "no setting"),
    ("settings.csv", set_cell(1, "value", "x"), "cell_invalid", 2, "value", "no number"),
    ("sources.csv", set_cell(1, "of", "noise"), "cell_invalid", 2, "of", "must be fault"),
    ("systems.csv", set_cell(1, "file", "../evil.yaml"), "file_name_invalid", 2, "file", "/"),
    ("systems.csv", set_cell(1, "name_en", ""), "cell_invalid", 2, "name_en", "empty"),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad[0]} {bad[2]} {bad[4]} {bad[5][:12]}")
def test_a_bad_cell_is_named_by_sheet_line_and_column(
    tmp_path: Path, bad: tuple[str, Callable[[Rows], None], str, int, str, str]
) -> None:
    sheet, change, code, line, column, says = bad
    folder = sheets(tmp_path)
    edit(folder / sheet, change)
    header = (folder / sheet).read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    number = int(column) if column.isdigit() else header.index(column) + 1
    found = findings(folder)
    assert any(
        f.code == code and f.place == Place(sheet, line, number) and says in f.text.en
        for f in found
    ), [f.line().en for f in found]
    if code in ("cell_invalid", "id_twice") and sheet != "systems.csv":
        # A bad cell is not also reported as missing, nor everything that belongs to its row.
        assert len(found) == 1, [f.line().en for f in found]


def test_all_bad_cells_are_named_at_once(tmp_path: Path) -> None:
    folder = sheets(tmp_path)
    edit(folder / "links.csv", set_cell(1, "value", "much"))
    edit(folder / "links.csv", set_cell(2, "value", "little"))
    edit(folder / "repairs.csv", set_cell(2, "labour_min", "an hour"))
    edit(folder / "tests.csv", set_cell(1, "minutes", "7000"))
    assert [(f.code, f.place.file, f.place.line) for f in findings(folder)] == [
        ("cell_invalid", "links.csv", 2), ("cell_invalid", "links.csv", 3),
        ("cell_invalid", "repairs.csv", 3), ("out_of_range", "tests.csv", 2),
    ]  # fmt: skip


def test_a_line_break_in_a_cell_does_not_shift_the_lines(tmp_path: Path) -> None:
    folder = sheets(tmp_path)
    edit(folder / "repairs.csv", set_cell(1, "steps_zh", "第一步\n第二步\n第三步"))
    edit(folder / "repairs.csv", set_cell(2, "labour_min", "long"))
    assert [f.place.line for f in findings(folder)] == [5]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("faults.csv", "文件,编号\n".encode("gb18030"), "file_unreadable"),
        ("links.csv", b'fault,kind\n"open', "file_unreadable"),
        ("fault.csv", b"a,b\n", "sheet_unknown"),
        ("tests.csv", b"\x00\x01\x02", "column_unknown"),
        ("tests.csv", b"", "key_missing"),
    ],
)
def test_what_is_no_sheet_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    folder = sheets(tmp_path)
    (folder / name).write_bytes(content)
    assert code in {f.code for f in findings(folder) if f.place.file == name}
