"""/v1/models: versions over HTTP, changed without a restart."""

from pathlib import Path

import pytest

from tests.serving.inference.bundles import variant
from tests.serving.inference.over_http import Engineer
from tingzhen.serving.access.tokens import create_token


@pytest.mark.slow
def test_versions_are_listed_activated_compared_and_rolled_back(
    engineer: Engineer, noise_4: Path
) -> None:
    models = engineer.app.state.models
    models.registry.add(noise_4)
    listed = engineer.ask("GET", "/v1/models").json()["models"]
    assert [(m["task"], m["version"], m["state"], m["in_service"]) for m in listed] == [
        ("damage", "2", "active", True), ("noise", "4", "kept", False),
        ("noise", "3", "active", True),
    ]  # fmt: skip
    detail = engineer.ask("GET", "/v1/models/noise/versions/3").json()
    assert detail["card"].startswith("# tingzhen-noise 3")
    assert detail["evaluation"]["model"]["version"] == "3"
    at = "/v1/models/noise/versions/4"
    assert engineer.ask("POST", f"{at}/shadow").json()["in_service"]
    assert engineer.ask("GET", "/v2/models/noise").json()["versions"] == ["3", "4"]
    ended = engineer.ask("DELETE", "/v1/models/noise/shadow").json()["models"]
    assert {m["state"] for m in ended} == {"active", "kept"}
    activated = engineer.ask("POST", f"{at}/activate").json()
    assert (activated["state"], activated["in_service"]) == ("active", True)
    assert activated["activated_by"] == "han_meimei"
    health = engineer.ask("GET", "/healthz").json()["models"]["noise"]
    assert (health["version"], health["provider"]) == ("4", "CPUExecutionProvider")
    refused = engineer.ask("POST", f"{at}/retire")
    assert (refused.status_code, refused.json()["code"]) == (409, "model_state_invalid")
    assert engineer.ask("POST", "/v1/models/noise/roll-back").json()["version"] == "3"
    assert engineer.ask("POST", f"{at}/retire").json()["state"] == "retired"
    assert engineer.ask("GET", "/v1/models/noise/agreement").json() == {
        "task": "noise", "agreements": [],
    }  # fmt: skip
    assert engineer.ask("GET", "/healthz").json()["models"]["noise"]["version"] == "3"


def test_what_is_not_there_and_who_may_not(engineer: Engineer) -> None:
    for method, path in (
        ("GET", "/v1/models/noise/versions/9"), ("POST", "/v1/models/noise/versions/9/activate"),
    ):  # fmt: skip
        answer = engineer.ask(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "model_unknown")
    assert engineer.ask("GET", "/v1/models/smell/agreement").status_code == 422
    owner = create_token(
        engineer.app.state.service.records, subject="li_lei", role="owner", valid_for=None
    )
    headers = {"authorization": f"Bearer {owner.text}"}
    for path in ("/v1/models", "/v2/models/noise"):
        assert engineer.ask("GET", path, headers=headers).status_code == 403


@pytest.mark.slow
def test_the_command_does_the_same(tmp_path: Path, tingzhen: object) -> None:
    data = {"TINGZHEN_DATA_DIR": str(tmp_path / "data")}

    def run(*arguments: object) -> tuple[int, str]:
        done = tingzhen("models", *arguments, **data)  # type: ignore[operator]
        return done.returncode, done.stdout + done.stderr

    bundle = variant(tmp_path / "noise-4", "noise", "4")
    assert run("add", bundle) == (0, "noise 4 kept\n")
    assert run("activate", "noise", "4", "--by", "li_lei") == (0, "noise 4 active\n")
    status, listed = run("list")
    assert status == 0
    assert [line.split()[:3] for line in listed.splitlines()] == [
        ["damage", "2", "active"], ["noise", "4", "active"], ["noise", "3", "kept"],
    ]  # fmt: skip
    status, said = run("activate", "noise", "9")
    assert (status, said.split(":")[0]) == (2, "model_unknown")
