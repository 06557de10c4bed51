"""The whole evaluation of a training run, as it is written to evaluation.json."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.crossval import OutOfFold, Values, fit_heads, fit_open
from tingzhen.training.noise.decision import Decision, Surroundings
from tingzhen.training.noise.fit import FitSettings
from tingzhen.training.noise.head import pool, relative_logits
from tingzhen.training.noise.hearings import Ears, Waveform, hear_clip
from tingzhen.training.noise.material import Material
from tingzhen.training.noise.novelty import novelty_figures
from tingzhen.training.noise.scoring import cross_fitted, mean_figures, real, rows_of
from tingzhen.training.noise_measuring.controls import controls
from tingzhen.training.noise_measuring.figures import noise_figures
from tingzhen.training.noise_measuring.listening_for_nothing import facts_of_clips
from tingzhen.training.noise_measuring.one_source import one_source
from tingzhen.training.noise_measuring.recordings import Scored, known_elsewhere
from tingzhen.training.noise_measuring.robustness import robustness

Progress = Callable[[str, int], AbstractContextManager[Callable[[], None]]]


def evaluate_run(  # noqa: PLR0917 - everything that is measured
    clips: Sequence[NoiseClip],
    within: Sequence[OutOfFold],
    apart: OutOfFold | None,
    material: Material,
    around: Surroundings,
    settings: FitSettings,
    *,
    seed: int,
    progress: Progress,
) -> tuple[dict[str, Any], Scored]:
    """Figures of all splits, controls, one-source comparison and novelty; and the scores of the
    first repeat, to pick mistakes from. within: one a repeat; apart: None with one source alone.
    """
    far = apart or within[0]
    recordings = real(clips)
    by_repeat = [
        cross_fitted(clips, scores, scores, far, around, settings).kept(recordings)
        for scores in within
    ]
    folds = [scores.part[recordings] for scores in within]
    figures = [
        noise_figures(scored, fold=fold, seed=seed)
        for scored, fold in zip(by_repeat, folds, strict=True)
    ]
    splits: dict[str, Any] = {"by_recording": mean_figures(figures)}
    if apart is not None:
        scored = cross_fitted(clips, apart, within[0], apart, around, settings).kept(recordings)
        source = apart.part[recordings]
        for name, at_least in (("source_left_out", 1), ("source_left_out_5", 5)):
            keep = known_elsewhere(scored.clips, at_least=at_least)
            splits[name] = noise_figures(scored.kept(keep), fold=source[keep], seed=seed)
    synthetic = synthetic_only(clips, material, settings, seed=seed)
    if synthetic is not None:
        splits["synthetic_only"] = noise_figures(synthetic.kept(recordings), seed=seed)
    splits["synthetic_faults"] = mean_figures(
        [
            noise_figures(_undecided(clips, scores.open).kept(recordings), seed=seed)
            for scores in within
        ]
    )
    first = by_repeat[0]
    with progress("controls", len(first.clips)) as advance:
        facts = facts_of_clips(first.clips, advance=advance)
    evaluation = {
        "splits": splits,
        "controls": controls(first, facts, folds[0], seed=seed),
        "one_source": one_source(first, facts, folds[0], seed=seed),
    }
    if apart is not None:
        rows = np.flatnonzero(recordings)
        evaluation["novelty"] = novelty_figures(
            first.clips, rows_of(within[0], rows), rows_of(apart, rows), seed=seed
        )
    return evaluation, first


def synthetic_only(
    clips: Sequence[NoiseClip], material: Material, settings: FitSettings, *, seed: int
) -> Scored | None:
    """Every clip scored by a head that has met no recording at all; no verdicts. None without
    scenes."""
    empty = material.beds.rows(np.zeros(len(material.beds), dtype=bool))
    head = fit_open(material.scenes, empty, settings, seed=seed)
    if head is None:
        return None
    return _undecided(clips, head(material.clips.vectors[: len(clips)]).double().numpy())


def _undecided(clips: Sequence[NoiseClip], logits: Values) -> Scored:
    """Logits (clips, 14) of one head without a rule for verdicts."""
    probabilities = torch.sigmoid(relative_logits(torch.from_numpy(logits))).numpy()
    return Scored(clips, probabilities, ["cannot_tell"] * len(clips))


def robustness_apart(  # noqa: PLR0917
    clips: Sequence[NoiseClip],
    waveforms: Sequence[Waveform],
    ears: Ears,
    material: Material,
    decision: Decision,
    part: NDArray[np.int64],
    settings: FitSettings,
    *,
    seed: int,
    at_most: int,
    progress: Progress,
) -> dict[str, Any]:
    """Robustness on the recordings of the first fold, by heads that never heard them; gate and
    slope are those of the bundle."""
    use = part != part.min()
    heads = fit_heads(material, clips, use, settings, seed=seed)
    held_out = [clip for clip, used in zip(clips, use, strict=True) if not used]
    waveform_of: Mapping[str, Waveform] = {
        str(clip.path): waveform for clip, waveform in zip(clips, waveforms, strict=True)
    }

    def hear(waveform: Waveform) -> NDArray[np.floating]:
        whole = hear_clip(waveform, 0, np.random.default_rng(0))
        pooled = pool(ears.steps(whole)[None])
        known, open_ = (head(pooled).double().numpy() for head in (heads.known, heads.open))
        distance = heads.neighbourhood.distance(pooled).double().numpy()
        return decision.probabilities(known, open_, distance)[0]

    with progress("robustness", min(at_most, len(held_out))) as advance:
        return robustness(
            held_out, lambda clip: waveform_of[str(clip.path)], hear,
            at_most=at_most, seed=seed, advance=advance,
        )  # fmt: skip
