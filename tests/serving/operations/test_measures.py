"""Measures: documented, shared by processes that come and go, carried over from inference."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.samples import Sample
from sqlalchemy import Engine

from tests.serving.conftest import clean_environment
from tingzhen.bundle import ModelInfo
from tingzhen.serving import Settings
from tingzhen.serving.inference.counters import InferenceCounters
from tingzhen.serving.operations import measures
from tingzhen.serving.operations.exposition import shared_folder
from tingzhen.serving.operations.inference_measures import InferenceMeasures
from tingzhen.serving.operations.records_measures import RecordsMeasures

DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_every_metric_is_documented_and_no_other(records: Engine, settings: Settings) -> None:
    rows = re.findall(
        r"^\| `(tingzhen_\w+)` \| (\w+) \| ([^|]*) \|", DOCS.read_text(), re.MULTILINE
    )
    documented = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    real = {}
    for family in measures.REGISTRY.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = measures.REGISTRY._names_to_collectors[family.name]._labelnames  # type: ignore[attr-defined]
        real[name] = (family.type, set(labels))
    for gauge in RecordsMeasures(records, settings).describe():
        real[gauge.name] = (gauge.type, set(gauge._labelnames))  # type: ignore[attr-defined]
    assert documented == real


def test_labels_never_hold_what_people_write() -> None:
    allowed = {
        "method", "route", "status", "code", "step", "verdict", "drive", "outcome", "process",
        "task", "version", "up_to",
    }  # fmt: skip
    for collector in set(measures.REGISTRY._names_to_collectors.values()):
        assert set(collector._labelnames) <= allowed  # type: ignore[attr-defined]


COUNT = """
from tingzhen.serving.operations import measures
measures.process_started()
measures.STEP_SECONDS.labels("sound").observe(0.3)
import os
os.kill(os.getpid(), 9)
"""


def test_processes_share_their_measures_and_a_new_start_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(measures.FOLDER_VARIABLE, raising=False)
    with shared_folder():
        folder = Path(os.environ[measures.FOLDER_VARIABLE])
        for name in ("worker 0", "worker 1", "worker 0"):  # killed, and the first started again
            environment = clean_environment(**{measures.PROCESS_VARIABLE: name})
            done = subprocess.run([sys.executable, "-c", COUNT], env=environment, check=False)
            assert done.returncode == -9
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
        samples = [sample for family in registry.collect() for sample in family.samples]
        assert value(samples, "tingzhen_process_starts_total", process="worker 0") == 2
        assert value(samples, "tingzhen_process_starts_total", process="worker 1") == 1
        assert value(samples, "tingzhen_step_seconds_count", step="sound") == 3
        files = {file.name for file in folder.iterdir()}
        assert files == {
            f"{kind}_{name}.db"
            for kind in ("counter", "histogram")
            for name in ("worker 0", "worker 1")
        }
    assert not folder.exists()
    assert measures.FOLDER_VARIABLE not in os.environ


def value(samples: list[Sample], name: str, **labels: str) -> float:
    (found,) = [s.value for s in samples if s.name == name and s.labels == labels]
    return found


class _Score:
    probability = 0.73


class _Findings:
    verdict = "abnormal"
    types = (_Score(),)


def test_what_inference_counts_is_carried_over_once() -> None:
    counters = InferenceCounters()
    info = ModelInfo("test", "drift-9", "0" * 64)
    counters.found("noise", info, _Findings())
    counters.clip(["too_dark"])
    counters.run("noise", 3, 12)
    counters.loaded("noise", "drift-9")
    inference = InferenceMeasures(counters)
    inference.carry_over()
    inference.carry_over()
    counters.found("noise", info, _Findings())
    inference.carry_over()

    def now(name: str, **labels: str) -> float | None:
        return measures.REGISTRY.get_sample_value(name, labels)

    of_model = {"task": "noise", "version": "drift-9"}
    assert now("tingzhen_verdicts_total", verdict="abnormal", **of_model) == 2
    assert now("tingzhen_top_scores_total", up_to="0.8", **of_model) == 2
    assert now("tingzhen_top_scores_total", up_to="0.7", **of_model) is None
    assert now("tingzhen_network_rows_total", task="noise") == 12
    assert now("tingzhen_quality_total", code="too_dark") == 1
    assert now("tingzhen_model_loads_total", **of_model) == 1
