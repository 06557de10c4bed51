"""The gap between synthetic and real recordings, by type.

    python -m benchmarks.synthesis_gap --data MANIFEST [--features] [--only TYPE ...] [--json OUT]

Real clips are those of the manifest, six seconds at most of each, two clips of a recording and
sixty recordings of a type.
Synthetic ones are whole scenes of the same lengths, so that length does not tell. Below them stand
the real healthy recordings of different sources, against each other: what another phone costs.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np

from tingzhen.audio import NOISE_TYPES, NoiseRecogniser
from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.datasets.noise_manifest import NoiseClip, read_noise_manifest
from tingzhen.datasets.synthesis.scene import synthesise
from tingzhen.datasets.waveforms import SAMPLE_RATE_HZ, read_waveform
from tingzhen.training.noise_measuring.gap import (
    Described,
    Gap,
    differing_features,
    gap_between,
    source_gap,
    transfer,
)
from tingzhen.training.noise_measuring.plain_features import PLAIN_FEATURES, plain_features

LONGEST_S, SHORTEST_S = 6.0, 1.1
CLIPS_PER_RECORDING = 2
MOST_RECORDINGS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--scenes", type=int, default=60, help="synthetic scenes of each type")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--features", action="store_true", help="say what differs")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    recogniser = NoiseRecogniser(open_bundle(MODELS_DIR / "noise", "noise"))
    clips = read_noise_manifest(arguments.data)
    real = {}
    for name in NOISE_TYPES:
        chosen = _chosen(clips, name, arguments.seed)
        if chosen and (not arguments.only or name in arguments.only or name == "normal"):
            real[name] = _real(chosen, recogniser)
    synthetic = {
        name: _synthetic(name, arguments.scenes, lengths, arguments.seed, recogniser)
        for name, (_, lengths) in real.items()
    }
    found = transfer(synthetic, {name: described for name, (described, _) in real.items()})
    print("| type | real / synthetic n | AUC embedding | AUC plain | distance "
          "| another source: AUC, distance | first | first two |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    rows = {}
    for name, (described, _) in real.items():
        gap, other = gap_between(described, synthetic[name]), source_gap(described)
        rows[name] = _row(gap, other, found[name])
        print(f"| {name} | {gap.recordings[0]} / {gap.recordings[1]} | "
              f"{_figure(gap.auc_embedding)} | {_figure(gap.auc_plain)} | {_figure(gap.distance)} "
              f"| {_figure(other.auc_embedding)}, {_figure(other.distance)} | "
              f"{found[name][0]:.2f} | {found[name][1]:.2f} |")  # fmt: skip
    if arguments.features:
        for name, (described, _) in real.items():
            print(f"\n{name}: feature, median real, median synthetic, AUC of it alone")
            for row in differing_features(described, synthetic[name], PLAIN_FEATURES):
                print(f"  {row[0]:34s} {row[1]:8.2f} {row[2]:8.2f} {row[3]:6.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


def _chosen(clips: list[NoiseClip], name: str, seed: int) -> list[NoiseClip]:
    """Clips of this type alone, mixed up, a few of each recording."""
    of_type = [clip for clip in clips if clip.types == {name} and not clip.weak]
    order = np.random.default_rng(seed).permutation(len(of_type))
    taken: Counter[str] = Counter()
    chosen = []
    for index in order:
        clip = of_type[int(index)]
        if taken[clip.group] < CLIPS_PER_RECORDING and (
            clip.group in taken or len(taken) < MOST_RECORDINGS
        ):
            taken[clip.group] += 1
            chosen.append(clip)
    return chosen


def _real(clips: list[NoiseClip], recogniser: NoiseRecogniser) -> tuple[Described, list[float]]:
    embedding, plain, groups, sources, lengths = [], [], [], [], []
    for clip in clips:
        waveform = read_waveform(clip.path)[: int(LONGEST_S * SAMPLE_RATE_HZ)]
        if len(waveform) < SHORTEST_S * SAMPLE_RATE_HZ or not waveform.any():
            continue
        embedding.append(recogniser.hear(waveform).embedding)
        plain.append(plain_features(waveform))
        groups.append(clip.group)
        sources.append(clip.source)
        lengths.append(len(waveform) / SAMPLE_RATE_HZ)
    return Described(
        np.array(embedding, np.float64), np.array(plain), tuple(groups), tuple(sources)
    ), lengths


def _synthetic(
    name: str, count: int, lengths: list[float], seed: int, recogniser: NoiseRecogniser
) -> Described:
    embedding, plain, groups = [], [], []
    random = np.random.default_rng([seed, NOISE_TYPES.index(name)])
    while len(groups) < count:
        scene_seed = int(random.integers(2**31))
        duration_s = float(random.choice(lengths))
        scene = synthesise(scene_seed, types={name}, duration_s=duration_s)
        if scene.types != {name}:
            continue
        embedding.append(recogniser.hear(scene.waveform).embedding)
        plain.append(plain_features(scene.waveform))
        groups.append(f"scene {scene_seed}")
    return Described(
        np.array(embedding, np.float64), np.array(plain), tuple(groups), ("synthetic",) * count
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _row(gap: Gap, other: Gap, found: tuple[float, float]) -> dict[str, float | None]:
    return {
        "auc_embedding": gap.auc_embedding, "auc_plain": gap.auc_plain, "distance": gap.distance,
        "other_auc": other.auc_embedding, "other_distance": other.distance, "first": found[0],
        "first_two": found[1], "n_real": gap.recordings[0], "n_synthetic": gap.recordings[1],
    }  # fmt: skip


if __name__ == "__main__":
    main()
