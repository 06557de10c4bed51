"""From a fitted head to a bundle: calibration, thresholds, evaluation, metadata, ONNX, card."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from tingzhen.audio.log_mel import HOP_LENGTH, SAMPLE_RATE_HZ
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.waveforms import read_waveform
from tingzhen.training.noise.calibration import fit_novelty, novelty_limit
from tingzhen.training.noise.card import noise_card
from tingzhen.training.noise.crossval import (
    DOUBT,
    NO_LIMIT,
    NOVELTY_DIMENSIONS,
    PRIOR,
    Decision,
    OutOfFold,
    decide,
    learnable_apart,
)
from tingzhen.training.noise.export import export_noise, round_to_half
from tingzhen.training.noise.fit import FitSettings
from tingzhen.training.noise.head import CONTEXT, LinearHead, NoiseNetwork
from tingzhen.training.noise.network import Features
from tingzhen.training.noise.weights import Backbone
from tingzhen.training.noise_measuring.figures import NAMES, SEVEN, Scored, noise_figures
from tingzhen.training.options import TrainOptions
from tingzhen.training.runs import Run, training_commit

NAME = "tingzhen-noise"
SPEECH_LIMIT = 0.35
MUSIC_LIMIT = 0.5
SILENCE_RMS = 3e-4
NOVEL_SHARE = 0.03
MIN_S = 1.0


def group_mark(clip: NoiseClip) -> str:
    """Stands for a recording in a bundle without naming it: it tells whether it was trained on."""
    return hashlib.sha256(f"{clip.source}/{clip.group}".encode()).hexdigest()[:10]


def calibrated_head(head: LinearHead, decision: Decision) -> LinearHead:
    """The head over all 14 types with the calibration folded in; untrained types stay at PRIOR."""
    weight = torch.zeros(head.weight.shape[0], len(NOISE_TYPES))
    bias = torch.full((len(NOISE_TYPES),), float(np.log(PRIOR / (1 - PRIOR))))
    columns = list(decision.types)
    weight[:, columns] = head.weight * decision.slope
    bias[columns] = head.bias * decision.slope + torch.from_numpy(decision.shift).float()
    return LinearHead(weight, bias)


def cross_fitted(
    clips: Sequence[NoiseClip],
    scores: Mapping[str, OutOfFold],
    types: Sequence[int],
    settings: FitSettings,
) -> dict[str, Scored]:
    """Probabilities and verdicts of each split, where calibration and thresholds come from the
    other parts of that split alone."""
    within = scores["by_recording"].logits
    apart = scores.get("source_left_out", scores["by_recording"]).logits
    scored = {}
    for name, split in scores.items():
        probabilities = np.zeros((len(clips), len(NOISE_TYPES)))
        verdicts = [""] * len(clips)
        for k in sorted(set(split.part.tolist())):
            others, here = np.flatnonzero(split.part != k), np.flatnonzero(split.part == k)
            decision = decide(
                [clips[int(i)] for i in others], within[others], apart[others], types, settings,
                limits=limits(NO_LIMIT),
            )  # fmt: skip
            probabilities[here] = decision.probabilities(split.logits[here])
            for i, verdict in zip(here, decision.verdicts(split.logits[here]), strict=True):
                verdicts[i] = verdict
        scored[name] = Scored(clips, probabilities, verdicts)
    return scored


def real(scored: Scored, keep: NDArray[np.bool_] | None = None) -> Scored:
    """Without generated sounds, which are easy, and without what is not to be kept."""
    rows = [
        i
        for i, clip in enumerate(scored.clips)
        if clip.source != GENERATED and (keep is None or keep[i])
    ]
    return Scored(
        [scored.clips[i] for i in rows],
        scored.probabilities[rows],
        [scored.verdicts[i] for i in rows],
    )


def limits(novelty: float) -> dict[str, float]:
    """Numbers of the verdict rule other than thresholds."""
    return {
        "doubt": DOUBT, "speech": SPEECH_LIMIT, "music": MUSIC_LIMIT, "novelty": novelty,
        "silence_rms": SILENCE_RMS, "min_s": MIN_S,
    }  # fmt: skip


def controls(clips: Sequence[NoiseClip], fold: NDArray[np.int64]) -> dict[str, Any]:
    """Balanced accuracy of what should tell nothing: clip length, and the energy of the highest
    bands, each through a logistic regression on the same folds."""
    rows = []
    for clip in clips:
        waveform = read_waveform(clip.path)
        power = np.abs(np.fft.rfft(waveform)) ** 2 + 1e-12
        frequency = np.linspace(0, SAMPLE_RATE_HZ / 2, len(power))
        above = [np.log(power[frequency > hz].sum() / power.sum()) for hz in (4000.0, 7000.0)]
        rows.append([np.log(len(waveform)), *above])
    features = np.array(rows)
    truth = np.array(
        [next((k for k, names in enumerate(SEVEN) if c.types & set(names)), -1) for c in clips]
    )
    known = truth >= 0
    figures = {}
    for name, columns in {"clip_length": [0], "energy_above_4_and_7_khz": [1, 2]}.items():
        probabilities = np.zeros((len(clips), len(NOISE_TYPES)))
        for k in sorted(set(fold.tolist())):
            train, test = known & (fold != k), fold == k
            if len(set(truth[train].tolist())) < 2:
                continue
            model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
            model.fit(features[train][:, columns], truth[train])
            found = model.predict_proba(features[test][:, columns])
            for column, index in enumerate(model.classes_):
                type_ = NAMES[index].split("+")[0]
                place = next(i for i, t in enumerate(NOISE_TYPES) if t == type_)
                probabilities[test, place] = found[:, column]
        scored = Scored(clips, probabilities, ["cannot_tell"] * len(clips))
        figures[name] = noise_figures(real(scored))["balanced_accuracy"]
    return figures


def write_bundle(  # noqa: PLR0917
    run: Run,
    options: TrainOptions,
    backbone: Backbone,
    features: Features,
    clips: Sequence[NoiseClip],
    vectors: Tensor,
    types: Sequence[int],
    settings: FitSettings,
    head: LinearHead,
    scores: Mapping[str, OutOfFold],
) -> None:
    """Write evaluation.json, model.onnx and card.md into the run's folder."""
    within = scores["by_recording"]
    apart = scores.get("source_left_out", within)
    vehicle = np.array([clip.types != {"not_vehicle"} for clip in clips])
    limit = novelty_limit(apart.novelty[vehicle].tolist(), NOVEL_SHARE)
    decision = decide(clips, within.logits, apart.logits, types, settings, limits=limits(limit))
    scored = cross_fitted(clips, scores, types, settings)
    figures = {name: noise_figures(real(split)) for name, split in scored.items()}
    if "source_left_out" in scored:
        known = learnable_apart(clips, settings)
        figures["source_left_out_type_known"] = noise_figures(
            real(scored["source_left_out"], known)
        )
    evaluation = {
        "folds": options.folds,
        "seed": options.seed,
        "interval": "95 % percentile bootstrap over recordings, 1000 resamples",
        "controls": controls(clips, within.part),
        **figures,
    }
    run.write_json("evaluation.json", evaluation)
    trained = [NOISE_TYPES[i] for i in types]
    metadata = {
        "task": "noise",
        "name": NAME,
        "version": options.version,
        "labels": list(NOISE_TYPES),
        "trained": trained,
        "untrained_probability": PRIOR,
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "step_samples": features.trunk.stride * HOP_LENGTH,
        "thresholds": dict(decision.rule.thresholds),
        "calibration": {
            "slope": decision.slope,
            "shift": dict(zip(trained, decision.shift.tolist(), strict=True)),
        },
        "limits": limits(limit),
        "context": list(CONTEXT),
        "training_commit": training_commit(),
        "seed": options.seed,
        "training_groups": sorted({group_mark(c) for c in clips if c.source != GENERATED}),
    }
    clean = vectors[: len(clips)]
    novelty = fit_novelty(clean, dimensions=NOVELTY_DIMENSIONS)
    network = NoiseNetwork(features, backbone, calibrated_head(head, decision), novelty)
    round_to_half(network)
    run.write_bytes("model.onnx", export_noise(network, metadata))
    (run.out_dir / "card.md").write_text(noise_card(metadata, evaluation, clips), encoding="utf-8")
