"""Compares networks for damage by one protocol; see docs/damage-candidates.md.

    python -m benchmarks.damage_candidates --data MANIFEST.csv --out DIR [--only NAME ...]
        [--folds 3] [--run 1] [--epochs 3] [--share 1.0] [--seed 0] [--resamples 1000]
        [--device cpu|cuda] [--threads N]

Keeps squares, features and answers in DIR and goes on where it was cut off, candidate by candidate
and fold by fold. --run: so many of the folds are really learned. --share: of the groups of each
source, to try something out. Writes candidates.json and candidates.md. One thread on a CPU; with
--device cuda, --threads cores make the pictures.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from tingzhen.datasets.damage_manifest import DamagePicture, read_damage_manifest
from tingzhen.training.damage.device import DEVICES, hands_for
from tingzhen.training.damage.folds import picture_folds
from tingzhen.training.damage.material import look_at
from tingzhen.training.damage.parts import one_thread
from tingzhen.training.damage.progress import bar
from tingzhen.training.damage_candidates.catalogue import CATALOGUE
from tingzhen.training.damage_candidates.protocol import Material
from tingzhen.training.damage_candidates.run import result_of, run_candidate
from tingzhen.training.damage_candidates.table import table
from tingzhen.training.damage_measuring.resampling import Resampling


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [candidate.name for candidate in CATALOGUE]
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", choices=names, default=names)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--run", type=int, default=1)
    parser.add_argument("--epochs", type=float)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    hands = hands_for(arguments.device, arguments.threads, 1, gpu=torch.cuda.is_available())
    one_thread()
    pictures = _share(read_damage_manifest(arguments.data), arguments.share, arguments.seed)
    looked = look_at(pictures, arguments.out / "cache", threads=max(1, hands.workers), progress=bar)
    fold = picture_folds(
        pictures, [one.facts.hash for one in looked], folds=arguments.folds, seed=arguments.seed
    )
    _same_settings(arguments, fold)
    material = Material(
        pictures, fold, arguments.out, arguments.seed, arguments.epochs, hands,
        lambda text: print(f"\r{text}   ", end="", file=sys.stderr, flush=True),
    )  # fmt: skip
    how = Resampling(arguments.resamples, arguments.seed)
    for candidate in CATALOGUE:
        if candidate.name in arguments.only:
            run_candidate(candidate, material, range(arguments.run), how)
            print(f"\r{candidate.name}: done" + " " * 30, file=sys.stderr)
    # Candidates of earlier calls stand in the table too.
    results = []
    for candidate in CATALOGUE:
        try:
            results.append(result_of(candidate, material, how))
        except FileNotFoundError:
            continue
    (arguments.out / "candidates.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    (arguments.out / "candidates.md").write_text(table(results), encoding="utf-8")
    sys.stdout.write(table(results))


def _share(pictures: list[DamagePicture], share: float, seed: int) -> list[DamagePicture]:
    if share >= 1:
        return pictures
    groups = sorted({picture.group for picture in pictures})
    drawn = np.random.default_rng(seed).random(len(groups)) < share
    kept = {group for group, chosen in zip(groups, drawn.tolist(), strict=True) if chosen}
    return [picture for picture in pictures if picture.group in kept]


def _same_settings(arguments: argparse.Namespace, fold: np.ndarray) -> None:
    """What lies in the folder was learned from these pictures and folds, or is refused."""
    path = arguments.out / "settings.json"
    now = {"seed": arguments.seed, "fold": fold.tolist(), "epochs": arguments.epochs}
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) != now:
        sys.exit(f"{arguments.out} holds results of other pictures, folds, seed or epochs.")
    path.write_text(json.dumps(now), encoding="utf-8")


if __name__ == "__main__":
    main()
