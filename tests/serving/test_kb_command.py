"""`tingzhen kb` as a person calls it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.diagnosis.small_base import COOLING, write_small_base
from tingzhen.diagnosis import KNOWLEDGE_DIR
from tingzhen.serving.commands.kb import kb

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINGZHEN_LANG", "en")
    monkeypatch.delenv("TINGZHEN_KNOWLEDGE", raising=False)


def run(*arguments: object) -> tuple[int, str, str]:
    done = RUNNER.invoke(kb, [str(argument) for argument in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_check_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    base = write_small_base(tmp_path, COOLING.replace("whine: 0.6", "whin: 0.6"))
    status, said, _ = run("check", base)
    assert status == 1
    line = next(n for n, text in enumerate(COOLING.splitlines(), 1) if "whine: 0.6" in text)
    assert f'cooling.yaml:{line}: "whin" is not one of the noises; do you mean whine?' in said
    assert "[reference_unknown]" in said
    assert "errors 1, warnings 1" in said  # the gate's link to the noise is gone as well
    status, said, _ = run("check", base, "--lang", "zh")
    assert "是否指 whine" in said
    assert "1 个错误" in said


def test_check_as_json(tmp_path: Path) -> None:
    base = write_small_base(tmp_path, COOLING.replace("severity: minor", "severity: moderate"))
    status, said, _ = run("check", base, "--json")
    assert status == 1
    report = json.loads(said)
    assert report["schema"] == "tingzhen.knowledge_check/1"
    (found,) = report["findings"]
    assert set(found) == {"code", "level", "file", "line", "column", "message"}
    assert (found["code"], found["level"], found["file"]) == (
        "implausible", "warning", "cooling.yaml"
    )  # fmt: skip


def test_a_clean_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = write_small_base(tmp_path)
    monkeypatch.setenv("TINGZHEN_KNOWLEDGE", str(base))
    status, said, _ = run("check")
    assert (status, said) == (0, f"{base}: nothing is wrong\n")
    assert json.loads(run("check", "--json")[1])["findings"] == []


@pytest.mark.parametrize("base", ["nowhere", "empty", "file.txt"])
def test_what_is_no_base_is_refused(tmp_path: Path, base: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("x", encoding="utf-8")
    for command in (["check"], ["export", "--format", "csv", "--out", tmp_path / "x"]):
        status, _, said = run(*command, tmp_path / base)
        assert status == 2
        assert "knowledge_invalid" in said


def test_sheets_out_and_back_in(tmp_path: Path) -> None:
    base = write_small_base(tmp_path / "base")
    for kind in ("csv", "json", "yaml"):
        out = tmp_path / f"out.{kind}"
        status, said, _ = run("export", base, "--format", kind, "--out", out)
        assert (status, said) == (0, f"{out}: 3 faults, 2 tests\n")
        back = tmp_path / f"back-{kind}"
        assert run("import", out, "--out", back)[0] == 0
        assert run("check", back)[0] == 0
    assert run("export", base, "--format", "csv", "--out", tmp_path / "out.csv")[0] == 2
    assert run("export", base, "--format", "csv", "--out", tmp_path / "out.csv", "--force")[0] == 0


def test_the_json_schema_is_written(tmp_path: Path) -> None:
    base = write_small_base(tmp_path / "base")
    arguments = ["export", base, "--format", "json", "--out", tmp_path / "b.json"]
    assert run(*arguments, "--json-schema", tmp_path / "schema.json")[0] == 0
    schema = json.loads((tmp_path / "schema.json").read_text(encoding="utf-8"))
    assert schema["properties"]["schema"] == {"const": "tingzhen.knowledge/1"}
    assert run(*arguments, "--force", "--json-schema", tmp_path / "no" / "schema.json")[0] == 2


def test_a_base_with_errors_is_not_written(tmp_path: Path) -> None:
    run("export", write_small_base(tmp_path / "base"), "--format", "csv", "--out", tmp_path / "csv")
    links = tmp_path / "csv" / "links.csv"
    text = links.read_text(encoding="utf-8").replace("0.6", "sixty").replace("0.3", "thirty")
    links.write_text(text, encoding="utf-8")
    status, said, _ = run("import", tmp_path / "csv", "--out", tmp_path / "back")
    assert status == 1
    assert 'links.csv:2:7: value: "sixty" is no number' in said
    assert 'links.csv:3:7: value: "thirty" is no number' in said
    assert "Nothing was written." in said
    assert not (tmp_path / "back").exists()


def test_a_format_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    base = write_small_base(tmp_path / "base")
    assert run("export", base, "--format", "xml", "--out", tmp_path / "x")[0] == 2


def test_draw(tmp_path: Path) -> None:
    base = write_small_base(tmp_path / "base")
    out = tmp_path / "drawings"
    assert run("draw", "overheats", "--base", base, "--out", out)[:2] == (0, f"{out}: 1 drawings\n")
    assert "<svg" in (out / "gate-overheats.svg").read_text(encoding="utf-8")
    assert run("draw", "--all", "--base", base, "--out", out)[0] == 0
    page = (out / "index.html").read_text(encoding="utf-8")
    for name in ("fault-pump_worn.svg", "noise-whine.svg", "system-cooling.svg", "damage-dent.svg"):
        assert (out / name).is_file()
        assert name in page
    assert run("draw", "overheats", "--base", base, "--out", out, "--lang", "zh")[0] == 0
    assert "发动机过热" in (out / "gate-overheats.svg").read_text(encoding="utf-8")


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    base = write_small_base(tmp_path / "base")
    assert "knowledge_invalid" in run("draw", "x", "--base", base, "--out", tmp_path / "d")[2]
    assert run("draw", "--base", base, "--out", tmp_path / "d")[0] == 2
    assert run("draw", "overheats", "--all", "--base", base, "--out", tmp_path / "d")[0] == 2
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert run("draw", "overheats", "--base", base, "--out", tmp_path / "file")[0] == 2


def test_the_shipped_base_is_what_is_checked_without_a_base() -> None:
    report = json.loads(run("check", "--json")[1])
    assert report["base"] == str(KNOWLEDGE_DIR)
