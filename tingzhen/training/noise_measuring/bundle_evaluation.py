"""A finished bundle on labelled recordings: the whole evaluation, and its two files."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.findings import NoiseFindings
from tingzhen.audio.log_mel import SAMPLE_RATE_HZ
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.splits import grouped_folds
from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.noise_measuring.codecs import Waveform
from tingzhen.training.noise_measuring.controls import controls
from tingzhen.training.noise_measuring.disturbances import DISTURBANCES, Disturbance
from tingzhen.training.noise_measuring.figures import noise_figures
from tingzhen.training.noise_measuring.listening_for_nothing import facts_of_clips
from tingzhen.training.noise_measuring.marks import marks_table
from tingzhen.training.noise_measuring.mistakes import Mistake
from tingzhen.training.noise_measuring.one_source import one_source
from tingzhen.training.noise_measuring.recordings import Scored
from tingzhen.training.noise_measuring.report_page import write_report
from tingzhen.training.noise_measuring.robustness import AT_MOST, Hear, robustness, subset

Progress = Callable[[str, int], AbstractContextManager[Callable[[], None]]]
"""A step's name and how often its `advance` will be called."""


@contextmanager
def quiet(_name: str, _total: int) -> Iterator[Callable[[], None]]:
    """Progress that shows nothing."""
    yield lambda: None


def probabilities_of(findings: NoiseFindings) -> NDArray[np.float64]:
    """(14,), in the order of NOISE_TYPES."""
    by_type = {score.type: score.probability for score in findings.types}
    return np.array([by_type[type_] for type_ in NOISE_TYPES])


def bundle_evaluation(
    scored: Scored,
    read: Callable[[NoiseClip], Waveform],
    hear: Hear,
    *,
    model: Mapping[str, Any],
    folds: int = 5,
    disturbances: Mapping[str, Sequence[Disturbance]] = DISTURBANCES,
    at_most: int = AT_MOST,
    resamples: int = 1000,
    seed: int = 0,
    progress: Progress = quiet,
) -> dict[str, Any]:
    """Everything that can be said of a bundle that is not trained again.

    The bundle is one and the same for all recordings; the folds, of whole recordings, are there
    for the thresholds of `selective` and for the controls, which do learn. With fewer than two
    recordings neither is there. The one split is called `given`. Marks that need other splits are
    left out.
    read: waveform of a clip, float32 at 16 kHz; hear: a waveform to probabilities (14,); model:
    name, version and the like, of which `megabytes` and `ten_seconds_ms` have marks.
    Raises ManifestError where a clip cannot be decoded.
    """
    groups = [clip.group for clip in scored.clips]
    evaluation: dict[str, Any] = {
        "model": dict(model),
        "seed": seed,
        "interval": f"95 % percentile bootstrap over recordings, {resamples} resamples",
    }
    folds = min(folds, len(set(groups)))
    if folds < 2:
        figures = noise_figures(scored, resamples=resamples, seed=seed)
        evaluation |= {"splits": {"given": figures}}
    else:
        types = [clip.types for clip in scored.clips]
        fold = grouped_folds(groups, types, folds=folds, seed=seed)
        figures = noise_figures(scored, fold=fold, resamples=resamples, seed=seed)
        with progress("controls", len(groups)) as advance:
            facts = facts_of_clips(scored.clips, advance=advance)
        evaluation |= {
            "folds": folds,
            "splits": {"given": figures},
            "controls": controls(scored, facts, fold, resamples=resamples, seed=seed),
            "one_source": one_source(scored, facts, fold, resamples=resamples, seed=seed),
        }
    disturbed = len(subset(scored.clips, at_most=at_most, seed=seed))
    if disturbed:
        with progress("robustness", disturbed) as advance:
            evaluation["robustness"] = robustness(
                scored.clips, read, hear,
                disturbances=disturbances, at_most=at_most,
                resamples=resamples, seed=seed, advance=advance,
            )  # fmt: skip
    measured = [row for row in marks_table(evaluation) if row["verdict"] != "not measured"]
    return evaluation | {"marks": measured}


def ten_seconds_ms(hear: Hear, *, repeats: int = 5) -> float:
    """Milliseconds to hear ten seconds, the median; of as many cores as `hear` takes."""
    noise = np.random.default_rng(0).normal(0, 0.05, 10 * SAMPLE_RATE_HZ).astype(np.float32)
    taken = []
    hear(noise)
    for _ in range(repeats):
        start = time.perf_counter()
        hear(noise)
        taken.append(time.perf_counter() - start)
    return round(1000 * float(np.median(taken)), 1)


def write_evaluation(
    out: Path, evaluation: Mapping[str, Any], mistakes: Sequence[Mistake], title: str
) -> None:
    """evaluation.json and report.html in the folder `out`, which is made. Raises TrainingError
    when they cannot be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        numbers = json.dumps(evaluation, ensure_ascii=False, indent=1, allow_nan=False)
        (out / "evaluation.json").write_text(numbers + "\n", encoding="utf-8")
        write_report(out / "report.html", evaluation, mistakes, title)
    except OSError as error:
        raise TrainingError(
            Text(f"无法写入评估结果 {out}：{error}。请换一个文件夹。",
                 f"The evaluation cannot be written to {out}: {error}. Name another folder.")
        ) from error  # fmt: skip
