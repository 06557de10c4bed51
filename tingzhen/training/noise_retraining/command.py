"""`train noise --start`: from a bundle and own clips to a bundle that says whether it is better."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.datasets.noise_folder import read_noise_data
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.splits import grouped_folds
from tingzhen.datasets.waveforms import read_waveform
from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.noise.command import progress
from tingzhen.training.noise.decision import Decision
from tingzhen.training.noise_measuring.bundle_evaluation import write_evaluation
from tingzhen.training.noise_measuring.figures import noise_figures
from tingzhen.training.noise_measuring.mistakes import worst_mistakes
from tingzhen.training.noise_measuring.recordings import Scored
from tingzhen.training.noise_retraining.bundle import (
    merged_provenance,
    proven,
    retrained_bytes,
    retrained_metadata,
)
from tingzhen.training.noise_retraining.card import retrained_card
from tingzhen.training.noise_retraining.checkpoint import Checkpoint, read_checkpoint
from tingzhen.training.noise_retraining.choice import (
    choose,
    retrained_scored,
    shipped_scored,
    try_all,
)
from tingzhen.training.noise_retraining.comparison import compare_recordings, compare_scenes
from tingzhen.training.noise_retraining.identity import check_copies, file_digest, heard_before
from tingzhen.training.noise_retraining.refit import STRENGTHS, Mask, NewClips, raised, refit
from tingzhen.training.noise_retraining.telling import (
    Facts,
    conclusion,
    facts_json,
    recordings_of,
    warnings,
)
from tingzhen.training.noise_retraining.vectors import (
    REFERENCE_SEED,
    Hearer,
    RetrainingRecipe,
    Scenes,
    hear_all,
)
from tingzhen.training.options import TrainOptions
from tingzhen.training.runs import Run, seed_everything

FEWEST = 4
"""Recordings below which nothing can be said of a change."""
RESAMPLES = 500


def retrain_noise(
    data: Sequence[Path],
    out: Path,
    options: TrainOptions,
    *,
    recipe: RetrainingRecipe | None = None,
) -> None:
    """Train on from the bundle in options.start with the clips of manifests or folders, and write
    a whole bundle into `out`, with retraining.json beside it.

    Raises BundleError, ManifestError, TrainingError.
    """
    if options.start is None:
        raise ValueError("options.start names the bundle to train on")
    recipe = recipe or RetrainingRecipe()
    start = read_checkpoint(options.start)
    clips = [clip for path in data for clip in read_noise_data(path)]
    _check_enough(clips)
    digests = [file_digest(clip) for clip in clips]
    copies = check_copies(clips, digests)
    run = Run(out)
    run.start(_config(start, clips, digests, options, recipe), resume=options.resume)
    if options.threads:
        torch.set_num_threads(options.threads)
    seed_everything(options.seed)
    hearer = Hearer(run, start.backbone, recipe, options.seed)
    with progress("listen", len(clips)) as advance:
        vectors = hear_all(hearer, clips, digests, advance)
    with progress("scenes", recipe.rehearsal + recipe.reference) as advance:
        # Another seed than any reference: nothing is compared on what was rehearsed.
        rehearsal = hearer.scenes(recipe.rehearsal, seed=options.seed, advance=advance)
        reference = hearer.scenes(recipe.reference, seed=REFERENCE_SEED, advance=advance)
    new = NewClips(clips, vectors, rehearsal)
    heard = heard_before(
        clips, digests, new.clean, start.metadata, start.fitted.heads.neighbourhood
    )
    _write(run, start, new, digests, heard, copies, reference, options)


def _write(  # noqa: PLR0917 - everything that a run has
    run: Run,
    start: Checkpoint,
    new: NewClips,
    digests: Sequence[str],
    heard: Mask,
    copies: list[list[str]],
    reference: Scenes,
    options: TrainOptions,
) -> None:
    clips, shipped = new.clips, start.fitted
    groups = [clip.group for clip in clips]
    folds = min(options.folds, len(set(groups)))
    part = grouped_folds(groups, [c.types for c in clips], folds=folds, seed=options.seed)
    with progress("cross-validation", folds * len(STRENGTHS)) as advance:
        trials = try_all(shipped, new, part, advance=advance)
    counted = ~heard if (~heard).any() else np.ones(len(clips), dtype=bool)
    strength = choose(clips, trials, counted)
    learned = merged_provenance(start.metadata, clips, heard, strength)
    decision = raised(
        proven(shipped.decision, learned), clips, trials.answers[strength.name].probabilities
    )
    heads = refit(shipped.heads, new, np.ones(len(clips), dtype=bool), strength)
    fitted = replace(shipped, heads=heads, decision=decision)
    metadata = retrained_metadata(start, fitted, clips, digests, strength, options)
    metadata["provenance"] = learned
    content = retrained_bytes(start, fitted, metadata)
    run.write_bytes("model.onnx", content)

    before = shipped_scored(shipped, new, trials).kept(counted)
    after = retrained_scored(shipped, new, trials, counted, strength).kept(counted)
    held = recordings_of(clips)
    missing = [type_ for type_ in NOISE_TYPES if type_ not in held]
    recordings = {(c.source, c.group) for c in clips}
    known = {(c.source, c.group) for c, yes in zip(clips, heard, strict=True) if yes}
    facts = Facts(
        held, len(recordings), len(known), copies, strength, _lifted(shipped.decision, decision),
        [*compare_recordings(before, after), *compare_scenes(shipped, heads, reference, missing)],
    )  # fmt: skip
    _evaluation(run, before, after, part[counted], content, metadata, folds, options)
    run.write_json("retraining.json", facts_json(facts, metadata["started_from"]))
    run.write_bytes("card.md", retrained_card(start, facts, clips, metadata).encode())
    run.log("finished")
    _say(run.out_dir, facts)


def _evaluation(  # noqa: PLR0917
    run: Run,
    before: Scored,
    after: Scored,
    part: Any,
    content: bytes,
    metadata: dict[str, Any],
    folds: int,
    options: TrainOptions,
) -> None:
    figures = [
        noise_figures(scored, fold=part, resamples=RESAMPLES, seed=options.seed)
        for scored in (after, before)
    ]
    evaluation = {
        "model": {"name": metadata["name"], "version": metadata["version"],
                  "sha256": hashlib.sha256(content).hexdigest(),
                  "megabytes": round(len(content) / 1e6, 2)},
        "folds": folds, "seed": options.seed,
        "interval": f"95 % percentile bootstrap over recordings, {RESAMPLES} resamples",
        "splits": {"by_recording": figures[0], "shipped": figures[1]},
        "marks": [],
    }  # fmt: skip
    mistakes = worst_mistakes(after, lambda clip: read_waveform(clip.path))
    title = f"{metadata['name']} {metadata['version']}"
    write_evaluation(run.out_dir, evaluation, mistakes, title)


def _say(out: Path, facts: Facts) -> None:
    console = Console(stderr=True, highlight=False)
    for text in [*warnings(facts), conclusion(facts)]:
        console.print(text.en, markup=False, soft_wrap=True)
        console.print(text.zh, markup=False, soft_wrap=True)
    console.print(f"{out}: model.onnx, card.md, evaluation.json, retraining.json, report.html")


def _lifted(before: Decision, after: Decision) -> dict[str, tuple[float, float]]:
    old, new = before.rule.thresholds, after.rule.thresholds
    return {
        t: (round(old[t], 4), round(new[t], 4))
        for t in FAULT_NOISES
        if t in old and new[t] > old[t]
    }


def _check_enough(clips: Sequence[NoiseClip]) -> None:
    count = len({(clip.source, clip.group) for clip in clips})
    if count < FEWEST:
        raise TrainingError(
            Text(f"只有 {count} 段录音。至少需要 {FEWEST} 段，才能检验新模型是否更好。",
                 f"There are {count} recordings. It takes at least {FEWEST} to check whether a "
                 "new model is better.")
        )  # fmt: skip


def _config(
    start: Checkpoint,
    clips: Sequence[NoiseClip],
    digests: Sequence[str],
    options: TrainOptions,
    recipe: RetrainingRecipe,
) -> dict[str, Any]:
    rows = sorted(
        [digest, clip.source, clip.group, "+".join(sorted(clip.types))]
        for clip, digest in zip(clips, digests, strict=True)
    )
    return {
        "task": "noise",
        "started_from": start.info.sha256,
        "version": options.version,
        "seed": options.seed,
        "folds": options.folds,
        "data": hashlib.sha256(repr(rows).encode()).hexdigest(),
        "recipe": asdict(recipe),
        "strengths": [asdict(strength) for strength in STRENGTHS],
    }
