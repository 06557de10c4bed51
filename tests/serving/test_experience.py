"""`tingzhen experience` and /v1/experience as people and programs use them."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import typer
from fastapi import FastAPI

from tests.diagnosis.examples import shipped
from tests.serving.callers import AdmittedAs
from tests.serving.conftest import Tingzhen, clean_environment
from tests.serving.test_http import serving
from tingzhen.diagnosis.cases import CaseRecord, open_cases
from tingzhen.diagnosis.experience import parse_statement
from tingzhen.diagnosis.experience.store import open_experience
from tingzhen.serving.access import Caller
from tingzhen.serving.commands.experience import experience
from tingzhen.serving.experience.in_use import kept_cases, learn_from_cases, learn_from_kept
from tingzhen.serving.http.experience import Rules, RulesReport, router
from tingzhen.serving.http.problems import add_problem_handlers

DOCS = Path(__file__).parents[2] / "docs"
RULE = {
    "conditions": {"noises": ["knock"]}, "look_at": {"fault": "piston_slap"},
    "strength": "always", "role": "master", "author": "t017", "date": "2026-11-02",
}  # fmt: skip
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tingzhen_here: Tingzhen, tmp_path: Path) -> Command:
    def command(*arguments: object, **environment: str) -> tuple[int, str, str]:
        done = tingzhen_here(*arguments, TINGZHEN_DATA_DIR=str(tmp_path / "data"), **environment)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    return command


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    unknown = RULE | {"look_at": {"unknown_fault": "进气管开裂"}, "author": "t2"}
    bad = RULE | {"strength": "surely"}
    path.write_text(json.dumps({"experience": [RULE, unknown, bad]}), encoding="utf-8")
    return path


def test_import_keeps_what_fits_and_names_what_does_not(run: Command, rules: Path) -> None:
    status, out, err = run("experience", "import", rules)
    assert status == 1
    assert out.startswith("2 added")
    assert "rules.yaml:1" in err
    assert "strength" in err
    status, out, _ = run("experience", "import", rules, "--lang", "zh")
    assert "新增 0 条，已有 2 条" in out
    status, out, _ = run("experience", "list", "--json")
    assert status == 0
    listed = json.loads(out)
    assert listed["schema"] == "tingzhen.experience/1"
    assert len(listed["rules"]) == 2
    assert listed["unknown_faults"][0]["text"] == "进气管开裂"
    assert all(rule["says_otherwise"] for rule in listed["rules"])


@pytest.mark.slow
def test_a_rule_is_evidence_in_a_report_until_it_is_retired(
    run: Command, rules: Path, sample_clip: Path
) -> None:
    run("experience", "import", rules)

    def evidence(**environment: str) -> list[str]:
        status, out, _ = run("diagnose", sample_clip, "--json", "--lang", "en", **environment)
        assert status == 0
        causes = json.loads(out)["diagnosis"]["causes"]
        return [e["text"] for c in causes for e in c["evidence"] if e["kind"] == "experience"]

    (text,) = evidence()
    rule_id = re.findall(r"x[0-9a-f]{10}", text)[0]
    assert "master t017, 2026-11-02" in text
    assert evidence(TINGZHEN_EXPERIENCE="off") == []
    assert run("experience", "retire", rule_id, "--by", "e1", "--reason", "changed part")[0] == 0
    assert evidence() == []
    status, out, _ = run("experience", "show", rule_id)
    assert status == 0
    assert "(retired)" in out
    assert "e1: changed part" in out
    assert rule_id not in run("experience", "list")[1]
    assert rule_id in run("experience", "list", "--all")[1]
    assert run("experience", "restore", rule_id, "--by", "e1")[0] == 0
    assert len(evidence()) == 1


@pytest.mark.slow
def test_what_is_exported_is_imported_again(run: Command, rules: Path, tmp_path: Path) -> None:
    run("experience", "import", rules)
    out_file = tmp_path / "out.yaml"
    assert run("experience", "export", out_file)[0] == 0
    status, out, _ = run(
        "experience", "import", out_file, "--db", f"sqlite:///{tmp_path}/b.sqlite3"
    )
    assert status == 0
    assert out.startswith("2 added")
    status, out, _ = run("experience", "check", out_file, "--lang", "zh")
    assert status == 0
    assert "活塞" in out


def test_an_empty_database_has_nothing_to_learn(run: Command) -> None:
    status, out, _ = run("experience", "learn")
    assert (status, out.strip()) == (0, "0 trials counted")


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "x0000000000"),
        ("retire", "x0000000000", "--by", "e1"),
        ("retire", "x0000000000", "--by", "张三"),
        ("import", "no-such-file.yaml"),
        ("list", "--db", "nonsense"),
        ("list", "--db", "sqlite:////proc/nothing/x.sqlite3"),
    ],
)
def test_what_cannot_be_done_is_said_in_both_languages(run: Command, arguments: list[str]) -> None:
    status, _, err = run("experience", *arguments)
    assert status == 2
    assert re.search(r"^(rule_unknown|experience_invalid|cases_unavailable): ", err)
    assert re.search(r"[\u4e00-\u9fff]", err)


def test_a_kept_case_counts_at_once_and_no_more_when_it_is_withdrawn(tmp_path: Path) -> None:
    url, base = f"sqlite:///{tmp_path / 'cases.sqlite3'}", shipped()
    cases, store = open_cases(url), open_experience(url)
    case = CaseRecord(
        id="c1", opened_on=date(2026, 11, 3), source="session", noises={"knock": 0.9},
        fault="piston_slap",
    )  # fmt: skip
    cases.keep([case])
    assert learn_from_kept(cases, lambda: pytest.fail("no rule: no base needed"), case) == 0
    statement = parse_statement(RULE, base)
    store.add([statement])
    assert learn_from_kept(cases, lambda: base, case) == 1
    assert learn_from_kept(cases, lambda: base, case) == 0
    assert learn_from_cases(store, base, kept_cases(cases), all_of_them=True) == 0
    (trial,) = store.link(statement.rule.id).trials
    assert trial.right
    assert learn_from_cases(store, base, [], all_of_them=True) == 1
    assert store.link(statement.rule.id).trials == ()
    cases.close()
    store.close()


def answers(*lines: str) -> str:
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("kept", [True, False])
def test_the_form_asks_again_shows_the_sentence_and_keeps_on_yes(
    tmp_path: Path, kept: bool
) -> None:
    lines = answers(
        "尖叫声, 嘟嘟声", "3", "", "", "", "1", "", "", "", "2019..2022", "", "很冷", "..5", "", "",
        "发电机", "alternator_bearing", "2", "3", "张三", "t099", "", "13812345678", "早上潮湿",
        "y" if kept else "",
    )  # fmt: skip
    out, status = in_terminal(tmp_path, lines)
    assert status == (0 if kept else 1)
    assert "只能是" in out
    assert "请写成范围" in out
    assert "alternator_bearing" in out
    assert "不要写姓名" in out
    assert "电话" in out
    assert "听到尖叫声、在冷车起动、气温低于 5 °C时，先查“发电机轴承磨损”：多半是它。" in out
    assert "When the vehicle is of 2019 to 2022 and squeal is heard" in out
    listed, _ = in_terminal(tmp_path, "", "list")
    assert ("alternator" in listed or "发电机" in listed) == kept


def test_the_form_needs_something_perceived_and_ends_with_its_input(tmp_path: Path) -> None:
    out, status = in_terminal(tmp_path, "\n" * 13 + "3\n")
    assert "至少要有一项" in out
    assert "未保存" in out
    assert status == 1


def in_terminal(tmp_path: Path, lines: str, command: str = "add") -> tuple[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "tingzhen.command_line", "experience", command, "--lang", "zh"],
        input=lines, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        env=clean_environment(TINGZHEN_DATA_DIR=str(tmp_path / "data")),
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.stdout, done.returncode


Ask = Callable[..., httpx.Response]


@pytest.fixture
def caller() -> Caller:
    return Caller("e1", "admin")


@pytest.fixture
def ask(tmp_path: Path, caller: Caller) -> Ask:
    """Asks the router with a real database and the shipped base, in this process."""
    app = FastAPI()
    app.state.language = "en"
    app.state.rules = Rules(f"sqlite:///{tmp_path / 'cases.sqlite3'}", shipped())
    app.include_router(router)
    app.add_middleware(AdmittedAs, caller=caller)
    add_problem_handlers(app)

    def request(method: str, path: str, **more: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.request(method, f"/v1/experience{path}", **more)

        return anyio.run(send)

    return request


def test_http_states_reads_retires_and_restores(ask: Ask) -> None:
    assert ask("GET", "").json()["rules"] == []
    made = ask("POST", "", params={"lang": "zh"}, json=RULE)
    assert made.status_code == 201
    assert made.headers["Content-Language"] == "zh"
    rule = made.json()
    one = f"/{rule['id']}"
    assert made.headers["Location"] == f"/v1/experience{one}"
    assert "活塞" in rule["sentence"]
    again = ask("POST", "", json=RULE | {"author": "t2", "role": "engineer"})
    assert len(again.json()["statements"]) == 2
    assert ask("POST", f"{one}/retire", json={"by": "e1", "reason": "new part"}).json()["retired"]
    assert not ask("POST", f"{one}/restore", json={"by": "e1"}).json()["retired"]
    assert ask("GET", one, params={"lang": "en"}).json()["sentence"].startswith("When knock")
    record = ask("GET", f"{one}/record").json()
    assert record["cases"] == []
    assert [c["change"] for c in record["history"]] == ["added", "added", "retired", "restored"]
    listed = ask("GET", "").json()
    assert [r["id"] for r in listed["rules"]] == [rule["id"]]
    RulesReport.model_validate(listed)


@pytest.mark.parametrize("caller", [Caller("t017", "technician", "w1")])
def test_http_records_the_technician_and_nobody_else(ask: Ask) -> None:
    unsigned = {name: value for name, value in RULE.items() if name != "author"}
    rule = ask("POST", "", json=unsigned).json()
    assert [(s["author"], s["workshop"]) for s in rule["statements"]] == [("t017", "w1")]
    assert ask("POST", "", json=RULE).status_code == 201
    for wrong in ({"author": "t2"}, {"workshop": "w2"}, {"作者": "t2"}):
        refused = ask("POST", "", json=RULE | wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "experience_invalid")
    ask("POST", f"/{rule['id']}/retire", json={"reason": "new part"})
    history = ask("GET", f"/{rule['id']}/record").json()["history"]
    assert [(c["change"], c["by"]) for c in history][-1] == ("retired", "t017")


@pytest.mark.slow
def test_http_rules_are_evidence_at_once(tmp_path: Path, sample_clip: Path) -> None:
    with serving(tmp_path / "data", TINGZHEN_MAX_BYTES="20000000") as client:
        assert client.post("/v1/experience", json=RULE).status_code == 201
        with sample_clip.open("rb") as file:
            sent = client.post(
                "/v1/clips", files={"file": ("a.mp4", file)}, headers={"Prefer": "wait=60"}
            )
        assert sent.status_code == 200, sent.text
        report = sent.json()
    kinds = {e["kind"] for c in report["diagnosis"]["causes"] for e in c["evidence"]}
    assert "experience" in kinds


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("", b"{", 422, "experience_invalid"),
        ("", b"[]", 422, "experience_invalid"),
        ("", b'{"\\ud800": "\\ud800"}', 422, "experience_invalid"),
        ("", b"[" * 100_000, 422, "experience_invalid"),
        ("", json.dumps(RULE | {"look_at": {"fault": "x"}}).encode(), 422, "experience_invalid"),
        ("/x0000000000/retire", b'{"by": "e1"}', 404, "rule_unknown"),
        ("/x0000000000/retire", b'{"by": "e1", "reason": "\\u0000"}', 422, "experience_invalid"),
        ("/x0000000000/restore", b"{}", 404, "rule_unknown"),
        ("/x0000000000/restore", b'{"by": "e2"}', 422, "experience_invalid"),
        ("/nonsense/retire", b'{"by": "e1"}', 422, "upload_invalid"),
    ],
)
def test_http_refuses_in_words(ask: Ask, path: str, body: bytes, status: int, code: str) -> None:
    refused = ask("POST", path, params={"lang": "zh"}, content=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.headers["content-type"] == "application/problem+json"
    assert re.search(r"[\u4e00-\u9fff]", refused.json()["detail"])


def test_everything_of_it_is_documented() -> None:
    page = (DOCS / "experience.md").read_text(encoding="utf-8")
    group = typer.main.get_command(experience)
    commands = group.commands  # type: ignore[attr-defined]
    options = {
        option for entry in commands.values() for parameter in entry.params
        for option in parameter.opts if option.startswith("--")
    }  # fmt: skip
    assert {"--by", "--db"} <= options
    assert [o for o in options - {"--help"} if f"`{o}`" not in page] == []
    assert [c for c in commands if not re.search(rf"`(experience )?{c}\b", page)] == []
    addresses = [f"{m} {r.path}" for r in router.routes for m in getattr(r, "methods", ())]
    assert len(addresses) == 6
    assert [a for a in addresses if f"`{a}`" not in page] == []
