"""Switching versions while jobs run: none lost, none mixed, nothing broken taken up."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from tests.serving.inference.bundles import variant
from tingzhen.audio import NoiseRecogniser
from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.errors import BundleError, ModelUnknown
from tingzhen.serving import Settings
from tingzhen.serving.files import FileStore
from tingzhen.serving.inference import ModelRegistry, ModelsInService

Start = Callable[[], ModelsInService]
SOUND = np.random.default_rng(5).normal(0, 0.1, 20000).astype(np.float32)


def until(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("did not come to be")


def test_the_shipped_models_serve_at_first_with_the_scores_they_always_had(models: Start) -> None:
    serving = models()
    assert {t: m.info.version for t, m in serving.active().items()} == {"noise": "3", "damage": "2"}
    assert serving.shadow() == {}
    assert serving.active()["damage"].provider == "CPUExecutionProvider"
    alone = NoiseRecogniser(open_bundle(MODELS_DIR / "noise", "noise"))
    np.testing.assert_array_equal(
        serving.recognisers().noise.hear(SOUND).types, alone.hear(SOUND).types
    )


@pytest.mark.slow
def test_every_process_takes_up_a_change_and_running_jobs_do_not(
    models: Start, registry: ModelRegistry, noise_4: Path
) -> None:
    one, other = models(), models()
    job = one.recognisers()
    registry.add(noise_4)
    registry.activate("noise", "4", "li_lei")
    for process in (one, other):
        until(lambda process=process: process.recognisers().noise.info.version == "4")
    assert job.noise.info.version == "3"
    assert job.noise.recognise(SOUND).verdict  # it still works
    assert one.counters.counts().loads["noise", "4"] == 1
    registry.roll_back("noise", "li_lei")
    for process in (one, other):
        until(lambda process=process: process.recognisers().noise.info.version == "3")
    with pytest.raises(ModelUnknown):
        one.serving("noise", "4")


@pytest.mark.slow
def test_no_job_is_lost_while_versions_change(
    models: Start, registry: ModelRegistry, noise_4: Path
) -> None:
    serving = models()
    registry.add(noise_4)
    stop = threading.Event()

    def work() -> list[tuple[str, bytes]]:
        found = []
        while not stop.is_set():
            noise = serving.recognisers().noise
            heard = noise.hear(SOUND)
            found.append((noise.info.version, heard.types.tobytes()))
        return found

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(work) for _ in range(3)]
        for version in ("4", "3", "4"):
            registry.activate("noise", version, "li_lei")
            until(lambda version=version: serving.recognisers().noise.info.version == version)
        stop.set()
        done = [answer for job in jobs for answer in job.result()]
    assert {version for version, _ in done} == {"3", "4"}
    assert len({scores for _, scores in done}) == 1  # the two differ in a threshold alone


@pytest.mark.slow
def test_a_version_that_cannot_be_loaded_leaves_the_one_before_in_service(
    models: Start, registry: ModelRegistry, files: FileStore, noise_4: Path
) -> None:
    serving = models()
    added = registry.add(noise_4)
    content = files.read(f"{added.path_or_key}/model.onnx")
    registry.activate("noise", "4", "li_lei")
    until(lambda: serving.recognisers().noise.info.version == "4")
    registry.roll_back("noise", "li_lei")
    until(lambda: serving.recognisers().noise.info.version == "3")
    # Between the trial and the loading by another process the file rots.
    serving.close()
    registry.activate("noise", "4", "li_lei")
    files.put_bytes(f"{added.path_or_key}/model.onnx", b"rot")
    with pytest.raises(BundleError, match="sha256"):
        serving.refresh()
    assert serving.recognisers().noise.info.version == "3"
    assert serving.counters.counts().load_failures == {"noise": 1}
    files.put_bytes(f"{added.path_or_key}/model.onnx", content)
    assert serving.refresh()
    assert serving.recognisers().noise.info.version == "4"


def test_the_shadow_is_loaded_beside_the_active_one(
    models: Start, registry: ModelRegistry, noise_4: Path
) -> None:
    serving = models()
    registry.add(noise_4)
    registry.shadow("noise", "4")
    until(lambda: "noise" in serving.shadow())
    assert serving.serving("noise").info.version == "3"
    assert serving.serving("noise", "4").info.version == "4"
    registry.activate("noise", "4", "li_lei")
    until(lambda: serving.serving("noise").info.version == "4")
    assert serving.shadow() == {}
    assert serving.counters.counts().loads["noise", "4"] == 1  # it was loaded already


def test_a_bundle_that_the_settings_name_and_that_cannot_serve_ends_the_start(
    records: Engine, files: FileStore, settings: Settings, tmp_path: Path
) -> None:
    wrong = settings.model_copy(update={"noise_model": tmp_path / "nothing"})
    with pytest.raises(BundleError, match="cannot be read"):
        ModelsInService(wrong, records, files).start()
    gpu = settings.model_copy(update={"inference_provider": "cuda"})
    with pytest.raises(BundleError, match="TINGZHEN_INFERENCE_PROVIDER"):
        ModelsInService(gpu, records, files).start()


@pytest.mark.slow
def test_bundles_of_one_version_are_told_apart_in_reports(
    records: Engine, files: FileStore, settings: Settings, registry: ModelRegistry, tmp_path: Path
) -> None:
    registry.adopt("noise", MODELS_DIR / "noise")
    own = variant(tmp_path / "own", "noise", "3", {'"knock": 0.8373': '"knock": 0.8372'})
    serving = ModelsInService(
        settings.model_copy(update={"noise_model": own}), records, files
    )  # fmt: skip
    serving.start()
    info = serving.recognisers().noise.info
    assert info.version == f"3+{info.sha256[:8]}"
    serving.close()
