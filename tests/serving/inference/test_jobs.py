"""Jobs while the active version changes, step by step as a worker does them."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.serving.inference.bundles import variant
from tests.serving.jobs.clips import keep_clip, record, wav
from tingzhen.media import close_decoder
from tingzhen.serving.inference import ModelsInService, ShadowRuns, agreements
from tingzhen.serving.jobs.steps import STEPS, Desk, take
from tingzhen.serving.jobs.workbench import Workbench
from tingzhen.serving.pipeline import start_loading
from tingzhen.serving.service import build_service
from tingzhen.serving.settings import Settings


@pytest.mark.slow
def test_a_job_ends_with_the_versions_it_began_with_and_a_shadow_is_compared(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path / "data", inference_provider="cpu", models_check_s=3600)
    service = build_service(settings)
    models = ModelsInService(settings, service.records, service.files)
    parts = start_loading(settings, models.start)
    parts.recognisers.result()
    shadow = ShadowRuns(models, service.records)
    bench = Workbench(service.files, settings.limits(), 1)
    desk = Desk(service, parts, bench, models, shadow)
    sound = tmp_path / "knock.wav"
    sound.write_bytes(wav(np.random.default_rng(5).normal(0, 0.1, 19_200)))

    def work(clip_id: str, change: bool = False) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for step in STEPS:
            kept[step.name] = step.run(desk, take(desk, clip_id), kept)
            if change and step.name == "sound":
                for task, version in (("noise", "4"), ("damage", "3")):
                    models.registry.add(variant(tmp_path / task, task, version))  # type: ignore[arg-type]
                    models.registry.activate(task, version, "li_lei")  # type: ignore[arg-type]
                models.registry.shadow("noise", "3")
                models.refresh()
        bench.clear(clip_id)
        report = record(service, clip_id).report_en
        assert report is not None
        return {task: model["version"] for task, model in json.loads(report)["models"].items()}

    first, second = keep_clip(service, sound), keep_clip(service, sound)
    assert work(first, change=True) == {"noise": "3", "damage": "2"}
    assert work(second) == {"noise": "4", "damage": "3"}
    for _ in range(3000):
        if models.counters.counts().shadow.get(("noise", "compared")):
            break
        time.sleep(0.01)
    (found,) = agreements(service.records, "noise")
    # The first report came from version 3 itself, which then has nothing to be compared with.
    assert (found.active, found.shadow, found.same_verdict.n) == ("4", "3", 1)
    assert (found.same_verdict.count, found.same_first.count) == (1, 1)
    shadow.close()
    models.close()
    service.close()
    close_decoder()
