"""What steps hand on comes back the same, so that another process says what this one would."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tingzhen.audio.findings import NoiseEvent, NoiseFindings, NoiseScore
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.diagnosis import Circumstances, diagnose, load_knowledge
from tingzhen.language import Text
from tingzhen.media import VideoFacts, read_clip
from tingzhen.serving.jobs import kept
from tingzhen.vision.findings import DamageFinding, DamageFindings, DamageScore
from tingzhen.vision.vocabulary import DAMAGE_TYPES

NOISE = NoiseFindings(
    verdict="abnormal",
    types=tuple(NoiseScore(t, 0.1 + i / 37) for i, t in enumerate(NOISE_TYPES)),
    events=(NoiseEvent("knock", 0.25, 1.75, 0.9, 80.0, 420.5), NoiseEvent("tick", 0.0, 0.5, 0.3)),
    reasons=(Text("太吵", "too loud"),),
    speech=0.125,
    music=1 / 3,
    provenance={"knock": "synthetic", "tick": "one_source"},
    base_rates={"knock": 0.07, "tick": 1 / 14},
)
DAMAGE = DamageFindings(
    verdict="damaged",
    types=tuple(DamageScore(t, 1 / (i + 2)) for i, t in enumerate(DAMAGE_TYPES)),
    findings=(
        DamageFinding(
            "dent", 0.8, 1.5, (0.1, 0.2, 0.3, 0.4), frames=3, start_s=0.5, end_s=2.0,
            heat=np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4),
        ),
        DamageFinding("scratch", 0.5, 0.0, (0.0, 0.0, 1.0, 1.0)),
    ),
    reasons=(Text("太暗", "too dark"),),
    doubtful=("tyre_bulge",),
)  # fmt: skip


def through_text(value: object) -> object:
    """As it comes back from a database."""
    return json.loads(json.dumps(value))


def test_noise_findings() -> None:
    assert kept.kept_noise(through_text(kept.keep_noise(NOISE))) == NOISE  # type: ignore[arg-type]


def test_damage_findings_with_their_heat_maps() -> None:
    back = kept.kept_damage(through_text(kept.keep_damage(DAMAGE)))  # type: ignore[arg-type]
    assert back == DAMAGE
    for ours, theirs in zip(back.findings, DAMAGE.findings, strict=True):
        if theirs.heat is None:
            assert ours.heat is None
        else:
            assert ours.heat is not None
            np.testing.assert_array_equal(ours.heat, theirs.heat)


@pytest.mark.parametrize(
    "circumstances",
    [Circumstances(), Circumstances(complaint="冷车启动有敲击声", codes=["P0301"], speed_kmh=40)],
)
def test_diagnoses(circumstances: Circumstances) -> None:
    found = diagnose(load_knowledge(None), NOISE, DAMAGE, circumstances)
    back = kept.kept_diagnosis(through_text(kept.keep_diagnosis(found)))  # type: ignore[arg-type]
    assert back == found
    assert found.causes


def test_clips_without_samples_and_pixels(knocking: Path) -> None:
    clip = replace(read_clip(knocking), video=VideoFacts("h264", 1920, 1080, 90))
    back = kept.kept_clip(through_text(kept.keep_clip(clip)))  # type: ignore[arg-type]
    assert (back.waveform, back.frames) == (None, ())
    for name in ("name", "sha256", "bytes", "kind", "duration_s", "video", "audio", "quality",
                 "damaged_packets", "generated"):  # fmt: skip
        assert getattr(back, name) == getattr(clip, name), name
    assert back.quality
