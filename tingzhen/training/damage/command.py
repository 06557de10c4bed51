"""`tingzhen train damage`."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from rich.console import Console

from tingzhen.datasets.damage_manifest import read_damage_manifest
from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.damage.backbone import BACKBONES, package_of
from tingzhen.training.damage.device import hands_for
from tingzhen.training.damage.fit import FitSettings
from tingzhen.training.damage.network import NetworkSettings
from tingzhen.training.damage.parts import Work, one_thread
from tingzhen.training.damage.progress import bar
from tingzhen.training.damage.stages import NAME, Stages
from tingzhen.training.damage_measuring.crops import plan_crops
from tingzhen.training.options import TrainOptions
from tingzhen.training.runs import Run

EPOCHS = 6
BACKBONE = "lite0"
SIDE_PX = 384
FROZEN_BLOCKS = 0
"""Everything learns: freezing the stem and three blocks saves a quarter of a step and costs in
false alarms (docs/damage-candidates.md)."""

BATCH = 20
CROPPED = 400
"""Pictures, at most, of which crops are scored too."""


def train_damage(manifests: Sequence[Path], out: Path, options: TrainOptions) -> None:
    """Train, cross-validate, calibrate, choose a form and write a damage bundle into `out`.

    Raises ManifestError for data and TrainingError for settings that cannot be and for a run that
    cannot start or go on.
    """
    console = Console(stderr=True)
    pictures = [picture for path in manifests for picture in read_damage_manifest(path)]
    settings = fit_settings(options)
    epochs = options.epochs or EPOCHS
    one_thread()
    run = Run(out)
    config = {
        "task": "damage", "name": NAME, "version": options.version, "seed": options.seed,
        "folds": options.folds, "epochs": epochs, "apart": list(options.apart),
        "input_px": settings.network.input_px,
        "manifests": [hashlib.sha256(path.read_bytes()).hexdigest() for path in manifests],
        "fit": asdict(settings), "torch": torch.__version__,
        "backbone": package_of(settings.network.backbone),
    }  # fmt: skip
    run.start(config, resume=options.resume)
    if not options.resume:
        for old in (out / "scores").glob("*.npz"):
            old.unlink()
    crops = plan_crops(pictures, at_most=CROPPED, seed=options.seed)
    parts = options.folds + 1 + bool(options.apart)
    hands = hands_for(options.device, options.threads, parts, gpu=torch.cuda.is_available())
    run.log("device", device=hands.device, networks=hands.networks, workers=hands.workers)
    work = Work(out, pictures, crops, settings, epochs, hands)
    size = Stages(run, work, options, config, bar).write()
    if size is None:
        console.print(f"{out}: networks fitted; the same command without --only-fit goes on")
    else:
        console.print(f"{out}/model.onnx: {size / 1e6:.1f} MB")


def fit_settings(options: TrainOptions) -> FitSettings:
    """The settings of a run. Raises TrainingError when a backbone or a side is not to be had."""
    backbone = next((name for name in BACKBONES if name == (options.backbone or BACKBONE)), None)
    if backbone is None:
        names = ", ".join(BACKBONES)
        raise TrainingError(
            Text(f"没有主干网络 {options.backbone}。可用：{names}。",
                 f"There is no backbone {options.backbone}. There are {names}.")
        )  # fmt: skip
    try:
        network = NetworkSettings(backbone, options.side_px or SIDE_PX, FROZEN_BLOCKS)
    except ValueError as error:
        raise TrainingError(
            Text(f"边长 {options.side_px} 不可用：须为 32 的倍数且不小于 64。",
                 f"The side {options.side_px} cannot be: a multiple of 32 from 64 up.")
        ) from error  # fmt: skip
    return FitSettings(network, batch=BATCH, seed=options.seed)
