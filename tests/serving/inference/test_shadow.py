"""A shadow judges after the report, is only compared, and holds nobody up."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from sqlalchemy import Engine

from tests.postgres import on_both_databases
from tests.serving.inference.bundles import variant
from tingzhen.audio import NoiseRecogniser
from tingzhen.bundle import MODELS_DIR, ModelInfo, open_bundle
from tingzhen.diagnosis import Circumstances
from tingzhen.media import Clip
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.inference import LoadedModel, ModelsInService, ShadowRuns, agreements
from tingzhen.serving.inference.loading import load_model
from tingzhen.serving.inference.shadow import compare
from tingzhen.serving.records import ClipRecord, ModelAgreement, reading, writing
from tingzhen.serving.settings import Settings
from tingzhen.vision.findings import DamageFindings, DamageScore

SOUND = np.random.default_rng(7).normal(0, 0.1, 20_000).astype(np.float32)
DAMAGE = ModelInfo("tingzhen-damage", "2", "d" * 64)


@pytest.fixture(scope="module")
def active() -> NoiseRecogniser:
    return NoiseRecogniser(open_bundle(MODELS_DIR / "noise", "noise"))


@pytest.fixture(scope="module")
def shadow_6(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """Version 6, which says the same as the shipped one."""
    folder = variant(tmp_path_factory.mktemp("bundles") / "noise-6", "noise", "6")
    content = (folder / "model.onnx").read_bytes()
    return load_model(content, "noise", "6", Settings(inference_provider="cpu"))


def analysis_of(active: NoiseRecogniser, clip: Clip, **vehicle: Any) -> Analysis:
    nothing = DamageFindings("no_video", (DamageScore("dent", 0.1),))
    return Analysis(
        clip=clip, quality=clip.quality, noise=active.recognise(clip.waveform), damage=nothing,
        diagnosis=cast("Any", None), circumstances=Circumstances.model_validate(
            {"vehicle": vehicle}
        ),
        noise_model=active.info, damage_model=DAMAGE, timing=cast("Any", None), frames_used=0,
    )  # fmt: skip


def sound_clip() -> Clip:
    return Clip(
        name="a.wav", sha256="0" * 64, bytes=1, kind="audio", duration_s=1.25, video=None,
        audio=None, waveform=SOUND,
    )  # fmt: skip


def keep(records: Engine, *numbers: int) -> list[str]:
    with writing(records) as session:
        for number in numbers:
            session.add(
                ClipRecord(
                    id=f"{number:032x}", owner="ann", created_at=datetime(2026, 3, number + 1,
                    tzinfo=UTC), label="a.wav", sha256="0" * 64, size_bytes=1, file_key="o/0",
                )
            )  # fmt: skip
    return [f"{number:032x}" for number in numbers]


@on_both_databases
def test_agreement_in_all_and_by_slices(
    records: Engine, active: NoiseRecogniser, shadow_6: LoadedModel
) -> None:
    clips = keep(records, 0, 1, 2)
    clip = sound_clip()
    same = analysis_of(active, clip, powertrain="diesel")
    other = replace(
        analysis_of(active, clip),
        noise=replace(same.noise, verdict="abnormal", types=same.noise.types[::-1]),
    )
    for clip_id, analysis in zip(clips, (same, same, other), strict=True):
        assert compare(records, clip_id, analysis, clip, shadow_6) == "compared"
    assert compare(records, clips[0], same, clip, shadow_6) == "compared"  # once more: one row
    (found,) = agreements(records, "noise")
    assert (found.active, found.shadow) == ("3", "6")
    assert (found.same_verdict.count, found.same_verdict.n) == (2, 3)
    assert (found.same_first.count, found.same_first.n) == (2, 3)
    assert found.same_verdict.interval == pytest.approx((0.2077, 0.9385), abs=1e-4)
    assert found.disagreements == (clips[2],)
    by_slice = {(s.slice, s.value): (s.same_verdict.count, s.same_verdict.n) for s in found.slices}
    assert by_slice["powertrain", "diesel"] == (2, 2)
    assert by_slice["powertrain", "unknown"] == (0, 1)
    assert by_slice["verdict", "abnormal"] == (0, 1)
    assert by_slice["kind", "audio"] == (2, 3)
    assert by_slice["quality", "clear"] == (2, 3)
    assert agreements(records, "damage") == []
    with writing(records) as session:
        session.delete(session.get_one(ClipRecord, clips[2]))
    (found,) = agreements(records, "noise")
    assert (found.same_verdict.count, found.same_verdict.n) == (2, 2)


def test_what_cannot_be_compared_is_not(
    records: Engine, active: NoiseRecogniser, shadow_6: LoadedModel
) -> None:
    (clip_id,) = keep(records, 0)
    clip, silent = sound_clip(), replace(sound_clip(), waveform=None)
    analysis = analysis_of(active, clip)
    assert compare(records, "f" * 32, analysis, clip, shadow_6) is None  # deleted meanwhile
    assert compare(records, clip_id, analysis_of(active, silent), silent, shadow_6) is None
    itself = replace(analysis, noise_model=shadow_6.info)
    assert compare(records, clip_id, itself, clip, shadow_6) is None
    with reading(records) as session:
        assert session.query(ModelAgreement).count() == 0


@pytest.mark.slow
def test_a_busy_process_skips_clips_and_counts_everything(
    records: Engine,
    models: Callable[[], ModelsInService],
    active: NoiseRecogniser,
    noise_4: Path,
) -> None:
    serving = models()
    serving.registry.add(noise_4)
    serving.registry.shadow("noise", "4")
    serving.refresh()
    slow, gate = serving.shadow()["noise"], threading.Event()
    clip_ids = keep(records, *range(5))
    clip = sound_clip()
    analysis = analysis_of(active, clip)

    @dataclass
    class Waiting:
        """The clip, whose sound is there once the gate is open."""

        quality: tuple[Any, ...] = ()
        kind: str = "audio"
        frames: tuple[Any, ...] = ()

        @property
        def waveform(self) -> Any:
            gate.wait(30)
            return SOUND

    runs = ShadowRuns(serving, records)
    for clip_id in clip_ids[:4]:
        runs.reported(clip_id, analysis, cast("Clip", Waiting()))
        while clip_id == clip_ids[0] and runs._clips.qsize():
            time.sleep(0.001)  # until the thread has taken the first
    runs.reported(clip_ids[4], analysis, None)  # taken over from another process
    gate.set()
    for _ in range(3000):
        if serving.counters.counts().shadow.get(("noise", "compared")) == 2:
            break
        time.sleep(0.01)
    runs.close()
    counts = serving.counters.counts()
    assert counts.shadow == {("noise", "compared"): 2, ("noise", "skipped"): 3}
    assert counts.clips == 5
    assert counts.verdicts["noise", "3", analysis.noise.verdict] == 5
    assert counts.verdicts["damage", "2", "no_video"] == 5
    assert sum(counts.top_scores["noise", "3"]) == 5
    assert ("damage", "2") not in counts.top_scores  # there was nothing to be sure of
    assert slow.info.version == "4"
