"""From fitted parts to a bundle: evaluation, metadata, ONNX file, card and report."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tingzhen.audio.events import EventRule
from tingzhen.audio.log_mel import SAMPLE_RATE_HZ
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.crossval import Heads
from tingzhen.training.noise.decision import Decision
from tingzhen.training.noise.export import export_noise, round_to_half
from tingzhen.training.noise.head import CONTEXT, NoiseNetwork
from tingzhen.training.noise.learned_from import SYNTHETIC_LIMITS, provenance
from tingzhen.training.noise.listener import Listener
from tingzhen.training.noise.network import STEP_SAMPLES, LogMel, Trunk
from tingzhen.training.noise.weights import Backbone, Layer
from tingzhen.training.runs import training_commit

NAME = "tingzhen-noise"
UNHEARD = 0.015
"""Probability of every type where nothing could be heard."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """All that a bundle is made of."""

    heads: Heads
    listener: Listener
    decision: Decision
    events: EventRule


def group_mark(clip: NoiseClip) -> str:
    """Stands for a recording in a bundle without naming it: it tells whether it was trained on."""
    return hashlib.sha256(f"{clip.source}/{clip.group}".encode()).hexdigest()[:10]


def bundle_metadata(
    fitted: Fitted,
    clips: Sequence[NoiseClip],
    *,
    version: str,
    seed: int,
    base_rates: Mapping[str, float],
    layers: Sequence[Layer],
) -> dict[str, Any]:
    """What the recogniser reads beside the graph, and what it takes to train on from the file.
    clips: what was trained on, generated sounds with it. layers: of the trunk."""
    rule, events = fitted.decision.rule, fitted.events
    recordings = [clip for clip in clips if clip.source != GENERATED]
    return {
        "task": "noise",
        "name": NAME,
        "version": version,
        "labels": list(NOISE_TYPES),
        "trained": list(NOISE_TYPES),
        "provenance": provenance(recordings),
        "base_rates": dict(base_rates),
        "untrained_probability": UNHEARD,
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "step_samples": STEP_SAMPLES,
        "thresholds": {t: round(p, 4) for t, p in rule.thresholds.items()},
        "far_thresholds": {t: round(p, 4) for t, p in rule.far_thresholds.items()},
        "synthetic_limits": SYNTHETIC_LIMITS,
        "events": {
            "thresholds": {t: round(events.thresholds[t], 3) for t in FAULT_NOISES},
            "leave_ratio": events.leave_ratio,
            "merge_gap_s": events.merge_gap_s,
        },
        "calibration": {"slope": fitted.decision.slope, "shift": fitted.decision.shift},
        "gate": asdict(fitted.decision.gate),
        "limits": {
            name: getattr(rule, name)
            for name in ("doubt", "speech", "music", "novelty", "silence_rms", "min_s")
        },
        "context": list(CONTEXT),
        "training_commit": training_commit(),
        "seed": seed,
        "layers": [asdict(layer) for layer in layers],
        "training_groups": sorted({group_mark(clip) for clip in recordings}),
    }


def bundle_bytes(fitted: Fitted, backbone: Backbone, metadata: Mapping[str, Any]) -> bytes:
    """The ONNX file."""
    network = NoiseNetwork(
        LogMel(), Trunk(backbone), backbone, (fitted.heads.known, fitted.heads.open),
        fitted.heads.neighbourhood, fitted.decision.gate, fitted.listener,
        (fitted.decision.slope, fitted.decision.shift),
    )  # fmt: skip
    round_to_half(network)
    return export_noise(network, metadata)
