"""The retrained parts as a bundle, which can itself be trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tingzhen.audio.provenance import Provenance, provenance_of
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES, NoiseType
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.bundle import Fitted, bundle_bytes, group_mark
from tingzhen.training.noise.decision import ONE_SOURCE_LEAST, Decision
from tingzhen.training.noise.learned_from import FEW, provenance
from tingzhen.training.noise_retraining.checkpoint import Checkpoint
from tingzhen.training.noise_retraining.identity import CONTENT, content_mark
from tingzhen.training.noise_retraining.refit import Mask, Strength
from tingzhen.training.options import TrainOptions
from tingzhen.training.runs import training_commit


def retrained_metadata(  # noqa: PLR0917 - all that it says
    start: Checkpoint,
    fitted: Fitted,
    clips: Sequence[NoiseClip],
    digests: Sequence[str],
    strength: Strength,
    options: TrainOptions,
) -> dict[str, Any]:
    """The start's metadata with what is new."""
    rule = fitted.decision.rule
    changed: dict[str, Any] = {
        "version": options.version,
        "seed": options.seed,
        "training_commit": training_commit(),
        "thresholds": {t: round(p, 4) for t, p in rule.thresholds.items()},
        "far_thresholds": {t: round(p, 4) for t, p in rule.far_thresholds.items()},
        "started_from": {
            "name": start.info.name,
            "version": start.info.version,
            "sha256": start.info.sha256,
        },
        "retraining": {"strength": strength.name, "decay": strength.decay},
    }
    if strength.anchors:
        marks = {group_mark(clip) for clip in clips} | set(
            start.metadata.get("training_groups", ())
        )
        contents = {content_mark(d) for d in digests} | set(start.metadata.get(CONTENT, ()))
        changed |= {"training_groups": sorted(marks), CONTENT: sorted(contents)}
    return start.metadata | changed


def merged_provenance(
    metadata: Mapping[str, Any], clips: Sequence[NoiseClip], heard: Mask, strength: Strength
) -> dict[NoiseType, Provenance]:
    """What each type was learned from, with the new recordings that the start had not heard
    (clips,). FEW of a type that was synthetic tell as much as they tell alone; FEW of one that
    had a single source are the second."""
    merged = provenance_of(metadata)
    if strength.decay is None:
        return merged
    unheard = [clip for clip, known in zip(clips, heard, strict=True) if not known]
    alone = provenance(unheard)
    for type_ in NOISE_TYPES:
        new = len({(c.source, c.group) for c in unheard if type_ in c.types})
        if merged[type_] != "recordings" and new >= FEW:
            merged[type_] = "recordings" if merged[type_] == "one_source" else alone[type_]
    return merged


def proven(decision: Decision, learned: Mapping[NoiseType, Provenance]) -> Decision:
    """The decision for what types are learned from now: one that is no longer synthetic may be
    claimed without the limits for such, but of one source only from ONE_SOURCE_LEAST up, as in
    training from nothing."""
    near, far = dict(decision.rule.thresholds), dict(decision.rule.far_thresholds)
    for type_ in decision.unproven:
        if learned[type_] == "one_source" and type_ in near:
            near[type_] = max(near[type_], ONE_SOURCE_LEAST)
            far[type_] = max(far.get(type_, 0.0), near[type_])
    unproven = frozenset(t for t in FAULT_NOISES if learned[t] == "synthetic")
    rule = replace(decision.rule, thresholds=near, far_thresholds=far)
    return replace(decision, rule=rule, unproven=unproven)


def retrained_bytes(start: Checkpoint, fitted: Fitted, metadata: dict[str, Any]) -> bytes:
    """The ONNX file; trunk and listener are those of the start."""
    return bundle_bytes(fitted, start.backbone, metadata)
