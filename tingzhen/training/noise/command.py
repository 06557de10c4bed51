"""`train noise` and `evaluate noise`: from manifests to a bundle, and from a bundle to figures."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from torch import Tensor

from tingzhen.audio.recogniser import NoiseRecogniser
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.bundle import open_bundle
from tingzhen.datasets.generated_sounds import write_generated_sounds
from tingzhen.datasets.noise_folder import data_digest, read_noise_data
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.waveforms import read_waveform
from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.noise.bundle import group_mark
from tingzhen.training.noise.fit import FitSettings
from tingzhen.training.noise.hearings import Recipe
from tingzhen.training.noise.listener import ListenerSettings
from tingzhen.training.noise.stages import Stages
from tingzhen.training.noise.weights import load_backbone
from tingzhen.training.noise_measuring.bundle_evaluation import (
    bundle_evaluation,
    probabilities_of,
    ten_seconds_ms,
    write_evaluation,
)
from tingzhen.training.noise_measuring.figures import noise_figures
from tingzhen.training.noise_measuring.mistakes import worst_mistakes
from tingzhen.training.noise_measuring.recordings import Scored
from tingzhen.training.options import TrainOptions
from tingzhen.training.runs import Run, seed_everything

REPEATS = 3
FEWEST = 5


def train_noise(
    manifests: Sequence[Path],
    out: Path,
    options: TrainOptions,
    *,
    recipe: Recipe | None = None,
    repeats: int = REPEATS,
    listener: ListenerSettings | None = None,
) -> None:
    """Train on the manifests' clips and write the bundle into `out`; goes on after a cut-off.

    options.epochs: passes of a head over all hearings, by default about 10. recipe: how much is
    heard; repeats: of the cross-validation. Raises ManifestError, TrainingError.
    """
    backbone = load_backbone(options.weights)
    clips = [clip for path in manifests for clip in read_noise_data(path)]
    recipe, listener = recipe or Recipe(), listener or ListenerSettings()
    settings = _settings(options, len(clips), recipe)
    _check_enough(clips)
    run = Run(out)
    run.start(
        {
            "task": "noise",
            "version": options.version,
            "seed": options.seed,
            "folds": options.folds,
            "repeats": repeats,
            "manifests": [data_digest(path) for path in manifests],
            "weights": _digest(backbone.weights),
            "recipe": asdict(recipe),
            "fit": asdict(settings),
            "listener": asdict(listener),
        },
        resume=options.resume,
    )
    if options.threads:
        torch.set_num_threads(options.threads)
    seed_everything(options.seed)
    clips += write_generated_sounds(out / "generated", seed=options.seed)
    stages = Stages(run, options, backbone, clips, recipe, settings, listener, progress)
    stages.write(repeats=repeats)
    run.log("finished")
    names = "model.onnx, card.md, evaluation.json, report.html"
    Console(stderr=True).print(f"{out}: {names}")


def evaluate_noise(bundle: Path, manifest: Path, *, out: Path | None = None) -> dict[str, Any]:
    """Figures of the bundle on the manifest's clips, heard as a user's clip is heard.

    `seen_in_training` counts recordings of the manifest that the bundle was trained on; where it
    is not 0, `warning` says that the figures are too good. out: folder for evaluation.json and
    report.html, with controls and robustness. Raises BundleError, ManifestError, TrainingError.
    """
    opened = open_bundle(bundle, "noise")
    recogniser = NoiseRecogniser(opened)
    clips = read_noise_data(manifest)
    known = set(opened.metadata.get("training_groups", ()))
    seen = {clip.group for clip in clips if group_mark(clip) in known}
    probabilities, verdicts = [], []
    with progress("hear", len(clips)) as advance:
        for clip in clips:
            findings = recogniser.recognise(read_waveform(clip.path))
            probabilities.append(probabilities_of(findings))
            verdicts.append(findings.verdict)
            advance()
    model = {"name": opened.info.name, "version": opened.info.version,
             "sha256": opened.info.sha256}  # fmt: skip
    said: dict[str, Any] = {"seen_in_training": len(seen)}
    if seen:
        said["warning"] = (
            f"{len(seen)} of {len({clip.group for clip in clips})} recordings were trained on: "
            "these figures are too good. 其中部分录音参与过训练，结果偏高。"
        )
    scored = Scored(clips, np.array(probabilities), verdicts)
    if out is None:
        return {"model": model} | said | noise_figures(scored)

    def read(clip: NoiseClip) -> Any:
        return read_waveform(clip.path)

    def hear(waveform: Any) -> Any:
        return probabilities_of(recogniser.recognise(waveform))

    size = (bundle / "model.onnx").stat().st_size
    more = {"megabytes": round(size / 1e6, 2), "ten_seconds_ms": ten_seconds_ms(hear)}
    evaluation = bundle_evaluation(scored, read, hear, model=model | more, progress=progress) | said
    title = f"{opened.info.name} {opened.info.version}: {manifest.name}"
    write_evaluation(out, evaluation, worst_mistakes(scored, read), title)
    figures: dict[str, Any] = evaluation["splits"]["given"]
    return {"model": evaluation["model"]} | said | figures


def _check_enough(clips: Sequence[NoiseClip]) -> None:
    recordings = {(type_, clip.group) for clip in clips for type_ in clip.types}
    held = [sum(kind == type_ for kind, _ in recordings) for type_ in NOISE_TYPES]
    healthy = held[NOISE_TYPES.index("normal")]
    if healthy < FEWEST or max(held[: NOISE_TYPES.index("normal")]) < FEWEST:
        raise TrainingError(
            Text("训练至少需要 normal 和一种异响，每种不少于 5 段录音。",
                 "Training needs normal and one noise type at least, 5 recordings of each.")
        )  # fmt: skip


def _settings(options: TrainOptions, clips: int, recipe: Recipe) -> FitSettings:
    default = FitSettings()
    if options.epochs is None:
        return default
    heard = clips * (1 + recipe.phones) + recipe.beds
    return FitSettings(steps=max(1, options.epochs * heard // default.batch))


def _digest(weights: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(weights[name].contiguous().numpy().tobytes())
    return digest.hexdigest()


@contextmanager
def progress(name: str, total: int) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error, so that standard output stays for results."""
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name.replace("_", " "), total=total)
        yield lambda done=1: bar.advance(task, done)
