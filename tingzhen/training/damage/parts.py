"""Learning the parts of a run: one network for each fold, for sources left out, and for all.

Parts are learned side by side, each in a process of its own on one thread: two threads in one
convolution wait for each other, two networks do not.
"""

import math
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.training.damage.device import ONE_CORE, Hands
from tingzhen.training.damage.fit import FitMaterial, FitSettings, fit
from tingzhen.training.damage.folds import Part
from tingzhen.training.damage.held_out import (
    Said,
    Shown,
    calibration_squares,
    empty_model,
    export_served,
    forms_of,
    said_path,
    score_photos,
    score_shown,
    scoring_graph,
)
from tingzhen.training.damage.material import Progress, make_material
from tingzhen.training.damage.memory import keep_freed_memory
from tingzhen.training.damage.network import DamageNetwork
from tingzhen.training.damage.progress import silent
from tingzhen.training.damage.quantise import FORMS, Form
from tingzhen.training.damage_measuring.crops import Crop
from tingzhen.training.runs import Run


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What every part needs. crops: of pictures that all parts may hold out. epochs: passes of
    each part over what it learns from. hands: what learns; nothing of the result depends on it."""

    out: Path
    pictures: Sequence[DamagePicture]
    crops: Sequence[Crop]
    settings: FitSettings
    epochs: int
    hands: Hands = ONE_CORE

    def steps_of(self, part: Part) -> int:
        return max(1, math.ceil(self.epochs * len(part.learned) / self.settings.batch))

    @property
    def cache(self) -> Path:
        return self.out / "cache"

    def material(self, *, threads: int = 1, progress: Progress = silent) -> FitMaterial:
        return make_material(
            self.pictures, self.settings.network, self.cache,
            threads=threads, device=self.hands.device, progress=progress,
        )  # fmt: skip

    def crops_of(self, part: Part) -> NDArray[np.int64]:
        """int64 rows of the crops whose picture the part holds out."""
        own = {self.pictures[row].path for row in part.tested.tolist()}
        rows = [row for row, crop in enumerate(self.crops) if crop.picture.path in own]
        return np.array(rows, dtype=np.int64)

    def shown(self, part: Part) -> list[Shown]:
        """What the part is scored on: its pictures, then its crops."""
        whole = [Shown(self.pictures[row]) for row in part.tested.tolist()]
        cut = [self.crops[row] for row in self.crops_of(part).tolist()]
        return whole + [Shown(crop.picture, crop.rectangle) for crop in cut]


def learn_parts(
    work: Work,
    parts: Sequence[Part],
    run: Run,
    *,
    score: bool = True,
    progress: Progress = silent,
) -> None:
    """Learn all parts and score what they hold out; what is there already is kept.

    run: of this process. score: False to learn alone. progress: told of the steps of each part in
    turn with one network at a time; with several the run's log.jsonl tells.
    """
    waiting = [part for part in parts if not _finished(work, part)]
    networks, workers = work.hands.networks, work.hands.workers
    if networks == 1 or len(waiting) <= 1:
        workers = workers or networks - 1
        for part in waiting:
            learn_part(work, part, run, progress, workers=workers, score=score)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(networks, context) as pool:
        for done in [
            pool.submit(_learn_apart, work, part, os.getpid(), workers, score) for part in waiting
        ]:
            done.result()


def learn_part(
    work: Work,
    part: Part,
    run: Run,
    progress: Progress = silent,
    *,
    workers: int = 0,
    score: bool = True,
) -> None:
    """Fit one part, taking up its checkpoint, and score it in every form."""
    material = work.material(progress=progress)
    network = fitted(work, part, material, run, progress, workers=workers)
    if not score or not len(part.tested) or _scored(work, part):
        return
    input_px, seed = work.settings.network.input_px, work.settings.seed
    exported = export_served(network, material, part.learned, work.settings.network, seed=seed)
    squares = calibration_squares(material, part.learned, input_px, seed=seed)
    shown = work.shown(part)
    forms = forms_of(exported.model, squares)
    with progress(f"score {part.name}", len(shown)) as advance:
        said = score_shown(forms, shown, input_px, advance=advance)
    for form, one in said.items():
        one.save(said_path(work.out, part.name, form))
    run.log("scored", part=part.name, pictures=len(shown))


def look_closely(
    work: Work, parts: Sequence[Part], run: Run, form: Form, *, progress: Progress = silent
) -> None:
    """Score what the parts hold out as photos, tiles and all, by the chosen form; what is there
    already is kept."""
    waiting = [part for part in parts if not said_path(work.out, part.name, "photo").exists()]
    if not waiting:
        return
    # An export takes longer than many photos: one serves all processes.
    empty = empty_model(work.settings.network).SerializeToString()
    if work.hands.networks == 1 or len(waiting) <= 1:
        for part in waiting:
            _look_closely(work, part, run, form, empty, progress=progress)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(work.hands.networks, context) as pool:
        for done in [pool.submit(_look_apart, work, p, form, empty, os.getpid()) for p in waiting]:
            done.result()


def _look_closely(
    work: Work, part: Part, run: Run, form: Form, empty: bytes, *, progress: Progress
) -> None:
    material = work.material(progress=progress)
    network = fitted(work, part, material, run, progress)
    input_px, seed = work.settings.network.input_px, work.settings.seed
    content = scoring_graph(
        empty, network, material, part.learned, input_px=input_px, form=form, seed=seed
    )
    shown = work.shown(part)
    distances = Said.load(said_path(work.out, part.name, form)).distances
    with progress(f"look closely {part.name}", len(shown)) as advance:
        said = score_photos(content, shown, input_px, distances, advance=advance)
    said.save(said_path(work.out, part.name, "photo"))
    run.log("looked_closely", part=part.name, pictures=len(shown))


def _look_apart(work: Work, part: Part, form: Form, empty: bytes, parent: int) -> None:
    one_thread()
    progress: Progress = lambda name, total: silent(name, total, parent=parent)  # noqa: E731
    _look_closely(work, part, Run(work.out), form, empty, progress=progress)


def fitted(
    work: Work,
    part: Part,
    material: FitMaterial,
    run: Run,
    progress: Progress = silent,
    *,
    workers: int = 0,
) -> DamageNetwork:
    """The network of a part; only read where it is finished."""
    steps = work.steps_of(part)
    with progress(part.name, steps) as advance:
        return fit(
            material, part.learned, work.settings, run, part.name,
            steps=steps, workers=workers, device=work.hands.device, progress=advance,
        )  # fmt: skip


def learned(work: Work, part: Part, run: Run) -> bool:
    """Whether the network of a part is finished."""
    kept = run.load_checkpoint(part.name)
    return kept is not None and bool(kept["step"] == work.steps_of(part))


def one_thread() -> None:
    """Set this process up for training on one core."""
    keep_freed_memory()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def _learn_apart(work: Work, part: Part, parent: int, workers: int, score: bool) -> None:
    one_thread()
    # Not started: the lock of the run is held by the process that started this one.
    run = Run(work.out)
    progress: Progress = lambda name, total: silent(name, total, parent=parent)  # noqa: E731
    learn_part(work, part, run, progress, workers=workers, score=score)


def _finished(work: Work, part: Part) -> bool:
    # A part that is scored on nothing costs little to take up again.
    return bool(len(part.tested)) and _scored(work, part)


def _scored(work: Work, part: Part) -> bool:
    return all(said_path(work.out, part.name, form).exists() for form in FORMS)
