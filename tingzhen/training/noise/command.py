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
from tingzhen.datasets.noise_manifest import NoiseClip, read_noise_manifests
from tingzhen.datasets.splits import grouped_folds
from tingzhen.datasets.waveforms import read_waveform
from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.noise.augment import Channel, Waveform
from tingzhen.training.noise.bundle import group_mark, write_bundle
from tingzhen.training.noise.crossval import OutOfFold, out_of_fold
from tingzhen.training.noise.embed import Variant, embed, plan_variants
from tingzhen.training.noise.fit import FitSettings, fit_head, trained_types
from tingzhen.training.noise.network import BandTreatment, Features, LogMel, Trunk
from tingzhen.training.noise.weights import load_backbone
from tingzhen.training.noise_measuring.figures import Scored, noise_figures
from tingzhen.training.options import TrainOptions
from tingzhen.training.runs import Run, seed_everything

CHANNELS = 4
MIXES = 3
SAVE_EACH = 250


def train_noise(manifests: Sequence[Path], out: Path, options: TrainOptions) -> None:
    """Train on the manifests' clips and write the bundle into `out`; goes on after a cut-off.

    options.epochs: passes of the head over all variants, by default about 20.
    Raises ManifestError, TrainingError.
    """
    backbone = load_backbone(options.weights)
    clips = read_noise_manifests(list(manifests))
    channel, band = Channel(), BandTreatment()
    settings = _settings(options, len(clips))
    types = trained_types(clips, settings)
    if NOISE_TYPES.index("normal") not in types or len(types) < 2:
        raise TrainingError(
            Text("训练至少需要 normal 和一种异响，每种不少于 5 段录音。",
                 "Training needs normal and one noise type at least, 5 recordings of each.")
        )  # fmt: skip
    run = Run(out)
    run.start(
        {
            "task": "noise",
            "version": options.version,
            "seed": options.seed,
            "folds": options.folds,
            "manifests": [hashlib.sha256(path.read_bytes()).hexdigest() for path in manifests],
            "weights": _digest(backbone.weights),
            "channel": asdict(channel),
            "band": asdict(band),
            "variants": {"channels": CHANNELS, "mixes": MIXES},
            "fit": asdict(settings),
        },
        resume=options.resume,
    )
    if options.threads:
        torch.set_num_threads(options.threads)
    seed_everything(options.seed)
    clips += write_generated_sounds(out / "generated", seed=options.seed)
    groups = [clip.group for clip in clips]
    fold = grouped_folds(
        groups, [clip.types for clip in clips], folds=options.folds, seed=options.seed
    )
    variants = plan_variants(clips, fold, channels=CHANNELS, mixes=MIXES, seed=options.seed)
    features = Features(LogMel(band), Trunk(backbone)).eval()
    vectors = _vectors(run, clips, variants, features, channel, options.seed)
    source = np.unique([clip.source for clip in clips], return_inverse=True)[1].astype(np.int64)
    # With one source alone there is nothing to leave out.
    splits = {"by_recording": fold} | ({"source_left_out": source} if source.max() else {})
    scores: dict[str, OutOfFold] = {}
    for name, part in splits.items():
        kept = run.load_checkpoint(name)
        if kept:
            scores[name] = OutOfFold(kept["logits"].numpy(), kept["novelty"].numpy(), part)
            continue
        with _progress(name, len(set(part.tolist())) * settings.steps) as advance:
            found = out_of_fold(
                vectors, variants, clips, part, types, settings, seed=options.seed, advance=advance
            )
        scores[name] = found
        run.save_checkpoint(
            name,
            {"logits": torch.from_numpy(found.logits), "novelty": torch.from_numpy(found.novelty)},
        )
    with _progress("fit", settings.steps) as advance:
        head = fit_head(
            vectors, variants, clips, np.arange(len(variants)), types, settings,
            seed=options.seed, advance=advance,
        )  # fmt: skip
    write_bundle(run, options, backbone, features, clips, vectors, types, settings, head, scores)
    run.log("finished")
    Console(stderr=True).print(f"{out}: model.onnx, card.md, evaluation.json")


def evaluate_noise(bundle: Path, manifest: Path) -> dict[str, Any]:
    """Figures of the bundle on the manifest's clips, heard as a user's clip is heard.

    `seen_in_training` counts recordings of the manifest that the bundle was trained on; where it
    is not 0, `warning` says that the figures are too good. Raises BundleError, ManifestError.
    """
    opened = open_bundle(bundle, "noise")
    recogniser = NoiseRecogniser(opened)
    clips = read_noise_manifests([manifest])
    known = set(opened.metadata.get("training_groups", ()))
    seen = {clip.group for clip in clips if group_mark(clip) in known}
    probabilities, verdicts = [], []
    with _progress("hear", len(clips)) as advance:
        for clip in clips:
            findings = recogniser.recognise(read_waveform(clip.path))
            by_type = {score.type: score.probability for score in findings.types}
            probabilities.append([by_type[type_] for type_ in NOISE_TYPES])
            verdicts.append(findings.verdict)
            advance()
    figures: dict[str, Any] = {
        "model": {"name": opened.info.name, "version": opened.info.version,
                  "sha256": opened.info.sha256},
        "seen_in_training": len(seen),
    }  # fmt: skip
    if seen:
        figures["warning"] = (
            f"{len(seen)} of {len({clip.group for clip in clips})} recordings were trained on: "
            "these figures are too good. 其中部分录音参与过训练，结果偏高。"
        )
    return figures | noise_figures(Scored(clips, np.array(probabilities), verdicts))


def _settings(options: TrainOptions, clips: int) -> FitSettings:
    default = FitSettings()
    if options.epochs is None:
        return default
    steps = max(1, options.epochs * clips * (1 + CHANNELS) // default.batch)
    return FitSettings(steps=steps)


def _vectors(  # noqa: PLR0917
    run: Run,
    clips: Sequence[NoiseClip],
    variants: Sequence[Variant],
    features: Features,
    channel: Channel,
    seed: int,
) -> Tensor:
    """Pooled vectors of all variants, kept as a checkpoint every SAVE_EACH of them."""
    kept = run.load_checkpoint("vectors")
    vectors: list[Tensor] = [kept["vectors"]] if kept else []
    done = len(vectors[0]) if vectors else 0
    if done < len(variants):
        waveforms: list[Waveform] = []
        with _progress("decode", len(clips)) as advance:
            for clip in clips:
                waveforms.append(read_waveform(clip.path))
                advance()
        with _progress("listen", len(variants), done) as advance:
            for start in range(done, len(variants), SAVE_EACH):
                stop = min(start + SAVE_EACH, len(variants))
                vectors.append(
                    embed(
                        variants, waveforms, features, channel,
                        seed=seed, start=start, stop=stop, advance=advance,
                    )
                )  # fmt: skip
                vectors = [torch.cat(vectors)]
                run.save_checkpoint("vectors", {"vectors": vectors[0]})
    return torch.cat(vectors)


def _digest(weights: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(weights[name].contiguous().numpy().tobytes())
    return digest.hexdigest()


@contextmanager
def _progress(name: str, total: int, done: int = 0) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error, so that standard output stays for results."""
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name.replace("_", " "), total=total, completed=done)
        yield lambda: bar.advance(task)
