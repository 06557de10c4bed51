"""Networks for noise recognition compared by one protocol (docs/noise-candidates.md).

    python -m benchmarks.noise_candidates --data MANIFEST --weights FOLDER --out DIR
        [--only NAME ...] [--kinds KIND ...] [--folds 5] [--seed 0] [--resamples 1000]

Decoded clips, features, out-of-fold scores and figures of each candidate are kept in DIR; started
again, it goes on where it was cut off. Writes candidates.json and candidates.md there.
"""

import argparse
import json
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch

from tingzhen.datasets.noise_manifest import read_noise_manifest
from tingzhen.datasets.splits import grouped_folds
from tingzhen.training.noise.weights import load_backbone
from tingzhen.training.noise_candidates.catalogue import CATALOGUE
from tingzhen.training.noise_candidates.costs import hearing_cost
from tingzhen.training.noise_candidates.feature_cache import FeatureCache, decoded
from tingzhen.training.noise_candidates.hearings import plan_hearings
from tingzhen.training.noise_candidates.protocol import (
    RECORDING,
    SOURCE,
    Material,
    measure,
    result_of,
    splits,
)
from tingzhen.training.noise_candidates.table import table


def tell(message: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {message}\n")


def main() -> None:
    names = [candidate.name for candidate in CATALOGUE]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument(
        "--kinds", nargs="*", choices=[RECORDING, SOURCE], default=[RECORDING, SOURCE],
        help="figures by recording, with a source left out, or both",
    )  # fmt: skip
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resamples", type=int, default=1000)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    clips = read_noise_manifest(arguments.data)
    fold = grouped_folds(
        [clip.group for clip in clips], [clip.types for clip in clips],
        folds=arguments.folds, seed=arguments.seed,
    )  # fmt: skip
    _same_settings(arguments, fold)
    hearings = plan_hearings(clips, fold, seed=arguments.seed)
    cache = FeatureCache(
        arguments.out / "features", hearings, decoded(clips, arguments.out),
        load_backbone(arguments.weights), seed=arguments.seed, tell=tell,
    )  # fmt: skip
    material = Material(clips, hearings, cache, arguments.out, arguments.seed)
    wanted = [one for one in CATALOGUE if not arguments.only or one.name in arguments.only]
    # All by recording first: whoever cuts it off has a row for each.
    for kind in arguments.kinds:
        for candidate in wanted:
            measure(
                candidate, material, kind, splits(clips, fold), cost=partial(hearing_cost, cache),
                resamples=arguments.resamples, tell=tell,
            )  # fmt: skip
    # Candidates of earlier calls stand in the table too.
    found = [result_of(arguments.out, name) for name in names]
    results = [json.loads(path.read_text(encoding="utf-8")) for path in found if path.exists()]
    results = [result for result in results if RECORDING in result]
    (arguments.out / "candidates.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    made = table(results)
    (arguments.out / "candidates.md").write_text(made, encoding="utf-8")
    sys.stdout.write(made)


def _same_settings(arguments: argparse.Namespace, fold: np.ndarray) -> None:
    """What lies in the folder was computed from these clips and folds, or is refused."""
    path = arguments.out / "settings.json"
    now = {"seed": arguments.seed, "fold": fold.tolist(), "resamples": arguments.resamples}
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) != now:
        sys.exit(f"{arguments.out} holds results of other clips, folds, seed or resamples.")
    arguments.out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(now), encoding="utf-8")


if __name__ == "__main__":
    main()
