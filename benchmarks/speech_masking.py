"""What masking takes from voices, and what it leaves of faults.

    python -m benchmarks.speech_masking --data FOLDER [--speech FOLDER] [--clips 60] [--seed 1]

FOLDER holds audio/manifest.csv with recordings of vehicles. --speech: a folder of WAV files in
which people speak (16 kHz or more, one or several languages); without it only what masking does to
recordings of vehicles is measured.

Voices: each file of --speech is laid over a recording of a vehicle at several levels. Covered: the
share of the voice's samples that lie in a masked stretch. Heard after: the share of steps that the
speech network takes for speech (0.5). STOI: Taal and others, IEEE TASLP 19, 2011, of the voice
alone against what is heard; to be held against that of the vehicle's sound without any voice, which
is the least there is. It needs the package pystoi. No person and no speech recogniser has listened.

Faults: recordings with a claimed fault are heard as they are, with a voice at the level of the
vehicle, and with that voice masked. Kept: how often the true type stays among the claimed or first
two. Intervals: Wilson, 95 %.
"""

import argparse
import csv
import random
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tingzhen.audio import NoiseRecogniser
from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.serving.privacy import mask_speech, speech_probability, speech_spans

RATE_HZ = 16_000
LEVELS_DB = (10, 0, -6)
FAULTS = ("knock", "squeal", "start_failure", "whine", "clunk", "exhaust_blow", "misfire")
Sound = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--speech", type=Path)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)  # noqa: S311 - which recordings, no secret
    faulty = _recordings(asked.data, FAULTS, asked.clips, chance)
    healthy = _recordings(asked.data, ("normal",), asked.clips, chance)
    _left_alone(faulty, "with a fault")
    _left_alone(healthy, "healthy")
    if asked.speech is None:
        print("No --speech: nothing is measured of voices.")
        return
    voices = [_sound(file) for file in sorted(asked.speech.glob("*.wav"))]
    _voices(voices, [sound for _, _, sound in healthy])
    _faults(voices, faulty)


def _left_alone(recordings: list[tuple[str, str, Sound]], what: str) -> None:
    """How much of recordings in which hardly anybody speaks is masked."""
    started = time.process_time()
    masked = [
        sum(end - start for start, end in speech_spans(sound)) / len(sound)
        for _, _, sound in recordings
    ]
    seconds = sum(len(sound) for _, _, sound in recordings) / RATE_HZ
    spent_ms = (time.process_time() - started) / seconds * 1000
    touched = sum(share > 0 for share in masked)
    print(
        f"recordings {what}, n={len(masked)}: {np.mean(masked):.1%} of the time masked, "
        f"{_share(touched, len(masked))} of them touched; finding: {spent_ms:.1f} CPU ms a second"
    )


def _voices(voices: list[Sound], beds: list[Sound]) -> None:
    stoi = _stoi()
    for level_db in LEVELS_DB:
        covered, before, after, kept, left, floor = [], [], [], [], [], []
        for number, voice in enumerate(voices):
            mixed, alone, at = _mixed(voice, beds[number % len(beds)], level_db)
            masked = mask_speech(mixed)
            changed = masked != mixed
            covered.append(float(changed[at].mean()))
            before.append(float((speech_probability(mixed) > 0.5).mean()))
            after.append(float((speech_probability(masked) > 0.5).mean()))
            if stoi is not None:
                kept.append(stoi(alone[at], mixed[at], RATE_HZ))
                left.append(stoi(alone[at], masked[at], RATE_HZ))
                floor.append(stoi(alone[at], beds[number % len(beds)][at], RATE_HZ))
        line = (
            f"voice at {level_db:+d} dB, n={len(voices)}: covered {np.mean(covered):.1%} (least "
            f"{np.min(covered):.1%}); taken for speech {np.mean(before):.1%} before, "
            f"{np.mean(after):.2%} after (most {np.max(after):.1%})"
        )
        if kept:
            line += f"; STOI {np.mean(kept):.2f} before, {np.mean(left):.2f} after (most "
            line += f"{np.max(left):.2f}), {np.mean(floor):.2f} of the vehicle without the voice"
        print(line)


def _faults(voices: list[Sound], recordings: list[tuple[str, str, Sound]]) -> None:
    recogniser = NoiseRecogniser(open_bundle(MODELS_DIR / "noise", "noise"))
    right = {"as it is": 0, "with a voice": 0, "voice masked": 0}
    for number, (_, truth, sound) in enumerate(recordings):
        mixed, _, _ = _mixed(voices[number % len(voices)], sound, 0)
        for how, heard in zip(right, (sound, mixed, mask_speech(mixed)), strict=True):
            first = [score.type for score in recogniser.recognise(heard).types[:2]]
            right[how] += truth in first
    n = len(recordings)
    for how, count in right.items():
        print(f"true type among the first two, {how}: {_share(count, n)}")


def _mixed(voice: Sound, bed: Sound, level_db: float) -> tuple[Sound, Sound, slice]:
    """The voice over the bed from its first second on, at a level relative to it; the voice alone;
    where it is."""
    start = min(RATE_HZ, len(bed) // 4)
    end = min(start + len(voice), len(bed))
    part = voice[: end - start]
    loudness = float(np.sqrt((bed**2).mean())) / max(float(np.sqrt((part**2).mean())), 1e-9)
    alone = np.zeros_like(bed)
    alone[start:end] = part * loudness * 10 ** (level_db / 20)
    mixed = bed + alone
    peak = max(1.0, float(np.abs(mixed).max()))
    return (mixed / peak).astype(np.float32), alone, slice(start, end)


def _recordings(
    data: Path, types: tuple[str, ...], most: int, chance: random.Random
) -> list[tuple[str, str, Sound]]:
    """One clip of 4 s or more of each recording: its group, its type and its sound."""
    with (data / "audio" / "manifest.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["acoustic"] in types]
    rows = [r for r in rows if float(r["seconds"]) >= 4.0]
    chance.shuffle(rows)
    groups = {row["group"]: row for row in rows}
    chosen = list(groups.values())[:most]
    return [(row["group"], row["acoustic"], _sound(data / "audio" / row["path"])) for row in chosen]


def _sound(file: Path) -> Sound:
    return np.concatenate(list(_pieces(file)))


def _pieces(file: Path) -> Iterator[Sound]:
    with av.open(str(file), metadata_errors="replace") as container:
        resampler = av.AudioResampler("flt", "mono", RATE_HZ)
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                yield piece.to_ndarray()[0]
        for piece in resampler.resample(None):
            yield piece.to_ndarray()[0]


def _stoi():  # type: ignore[no-untyped-def]
    try:
        from pystoi import stoi  # only where it is installed
    except ImportError:
        print("pystoi is not installed: no STOI.")
        return None
    return stoi


def _share(count: int, n: int, z: float = 1.96) -> str:
    """A share with Wilson's interval."""
    p, z2 = count / n, z * z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z * ((p * (1 - p) + z2 / (4 * n)) / n) ** 0.5 / (1 + z2 / n)
    return f"{count}/{n} = {p:.2f} ({middle - half:.2f} to {middle + half:.2f})"


if __name__ == "__main__":
    main()
