"""What is deployed agrees with what there is: settings, probes, metrics, least privileges."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from yamllint import linter
from yamllint.config import YamlLintConfig

from tingzhen.command_line import app as command
from tingzhen.serving import Settings, load_settings
from tingzhen.serving.access.endpoints import OPEN
from tingzhen.serving.operations import measures
from tingzhen.serving.operations.records_measures import _families

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted(DEPLOY.rglob("*.yaml"))
MANIFESTS = [f for f in sorted((DEPLOY / "kubernetes").glob("*.yaml")) if f.stem != "kustomization"]


def load(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def kubernetes(name: str) -> Any:
    return load(DEPLOY / "kubernetes" / name)


def pods() -> dict[str, Any]:
    found = {name: kubernetes(f"{name}.yaml") for name in ("http", "worker")}
    return {name: deployment["spec"]["template"]["spec"] for name, deployment in found.items()}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TINGZHEN_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_yaml_is_tidy(file: Path) -> None:
    config = YamlLintConfig(file=str(DEPLOY / ".yamllint"))
    assert [str(found) for found in linter.run(file.read_text(encoding="utf-8"), config)] == []


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.name)
def test_manifests_fit_their_schema(file: Path) -> None:
    validate(load(file))


@pytest.mark.parametrize(
    "wrong",
    [{"replica": 2}, {"replicas": "two"}, {"template": {"spec": {"containers": [{"imag": "a"}]}}}],
    ids=["unknown", "type", "deep"],
)
def test_a_manifest_that_fits_no_schema_is_told(wrong: dict[str, Any]) -> None:
    manifest = kubernetes("http.yaml")
    with pytest.raises(jsonschema.ValidationError):
        validate(manifest | {"spec": manifest["spec"] | wrong})


def validate(manifest: Any) -> None:
    """Against the schema of its kind; fields that there are not are refused. The schemas are those
    of Kubernetes for the kinds in use, without which the tests would need 17,000 files."""
    schemas = json.loads(Path(__file__).with_name("kubernetes_schemas.json").read_text("utf-8"))
    schema = {"$ref": f"#/kinds/{manifest['kind']}"} | schemas
    jsonschema.Draft202012Validator(schema).validate(manifest)


def test_kustomization_names_every_manifest() -> None:
    named = {*kubernetes("kustomization.yaml")["resources"], "secret.example.yaml"}
    assert named == {file.name for file in MANIFESTS}


def test_kustomize_puts_them_together() -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    done = subprocess.run(
        ["kubectl", "kustomize", str(DEPLOY / "kubernetes")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    documents = list(yaml.safe_load_all(done.stdout))
    namespaced = [d for d in documents if d["kind"] != "Namespace"]
    assert {d["metadata"]["namespace"] for d in namespaced} == {"tingzhen"}


def environments() -> Iterator[tuple[str, dict[str, str]]]:
    """Every environment that a process is started with, with the image's own."""
    image = dict(re.findall(r"(TINGZHEN_\w+)=(\S+)", (DEPLOY / "Dockerfile").read_text()))
    yield "image", image
    secret = kubernetes("secret.example.yaml")["stringData"]
    shared = kubernetes("settings.yaml")["data"] | secret
    for name, pod in pods().items():
        own = {entry["name"]: entry["value"] for entry in pod["containers"][0].get("env", ())}
        yield f"kubernetes {name}", image | shared | own
    example = dict(
        line.split("=", 1)
        for line in (DEPLOY / "example.env").read_text().splitlines()
        if "=" in line and not line.startswith("#")
    )
    for name in ("http", "worker"):
        given = load(DEPLOY / "compose.yaml")["services"][name]["environment"]
        filled = {key: filled_in(value, example) for key, value in given.items()}
        yield f"compose {name}", image | filled


def filled_in(value: str, example: dict[str, str]) -> str:
    """As compose does it; KeyError where example.env lacks a variable."""
    return re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: example[found[1]], value)


@pytest.mark.parametrize(("where", "environment"), list(environments()))
def test_every_setting_is_one_and_is_accepted(
    where: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {name for name in environment if name.startswith("TINGZHEN_")}
    assert ours <= {f"TINGZHEN_{name.upper()}" for name in Settings.model_fields}, where
    for name, value in environment.items():
        assert isinstance(value, str), f"{name} has to be in quotes"
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.operations_port == 9000
    assert settings.host == "0.0.0.0"  # noqa: S104 - within a container
    if "http" in where:
        assert settings.workers == 0


@pytest.mark.parametrize("name", ["http", "worker"])
def test_pods_have_least_privileges_limits_and_probes_that_exist(name: str) -> None:
    pod = pods()[name]
    (container,) = pod["containers"]
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"]["drop"] == ["ALL"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    # Kubernetes would set TINGZHEN_PORT=tcp://... for a Service of that name.
    assert pod["enableServiceLinks"] is False
    assert "memory" in container["resources"]["limits"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports["operations"] == 9000
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        probe = container.get(kind, {}).get("httpGet")
        if probe is not None:
            assert f"GET {probe['path'].partition('?')[0]}" in OPEN
            assert probe["port"] in ports
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/data", "/tmp"}
    assert container["args"][0] in {
        known.callback.__name__ for known in command.registered_commands
    }  # type: ignore[union-attr]


def test_compose_runs_two_workers_without_privileges() -> None:
    services = load(DEPLOY / "compose.yaml")["services"]
    assert services["worker"]["deploy"]["replicas"] == 2
    for name in ("http", "worker"):
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["user"] == "10001:10001"
        assert "memory" in service["deploy"]["resources"]["limits"]
        for needed in service["depends_on"]:
            assert needed in services
    assert [port for port in services["http"]["ports"] if not port.startswith("127.0.0.1:")] == []


def test_the_image_runs_as_nobody_in_particular_with_a_health_check() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    final = text.split("\nFROM ")[-1]
    assert "\nUSER 10001:10001\n" in final
    assert "HEALTHCHECK" in final
    assert "/healthz" in final
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    let_in = set(re.findall(r"^!(\S+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(), re.M))
    assert {name for line in copied for name in line.split()} == let_in
    assert all((DEPLOY.parent / name).exists() for name in let_in)


def test_rules_speak_of_metrics_that_exist() -> None:
    groups = load(DEPLOY / "prometheus" / "rules.yaml")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    known = set(_families())
    for family in measures.REGISTRY.collect():
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
        known |= {family.name + end for end in ends.get(family.type, ("",))}
    for rule in rules:
        assert set(re.findall(r"\btingzhen_\w+", rule["expr"])) <= known
        assert set(re.findall(r"\btingzhen:[\w:]+", rule["expr"])) <= recorded


def test_every_alert_is_explained() -> None:
    groups = load(DEPLOY / "prometheus" / "rules.yaml")["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}
    page = (DEPLOY.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(Tingzhen\w+)` \|", page, re.MULTILINE)) == alerts
