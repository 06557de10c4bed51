"""The whole evaluation as one JSON-ready object, of a finished bundle or of a training run."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.damage_measuring.marks import marks_table
from tingzhen.vision.recogniser import DamageRecogniser

FRAMES = 32
FULL_HD = (1080, 1920, 3)


def evaluation_of(
    splits: Mapping[str, Mapping[str, Any]],
    *,
    model: Mapping[str, Any],
    resamples: int,
    seed: int,
    **more: Any,
) -> dict[str, Any]:
    """Figures of splits, with the marks that they meet.

    splits: by name the result of `damage_figures`: `grouped` (grouped cross-validation),
    `source_left_out` (pictures of sources that nothing was learned from), `given` (a finished
    bundle on a manifest). model: name, version and the like; `frames_32_s` has a mark. more: what
    else there is, such as `doubt`, `leaks`, `trained_on`, `warning`; None is left out.
    """
    evaluation: dict[str, Any] = {
        "model": dict(model),
        "seed": seed,
        "interval": f"95 % percentile bootstrap over groups, {resamples} resamples",
        "splits": dict(splits),
    }
    evaluation |= {name: value for name, value in more.items() if value is not None}
    return evaluation | {"marks": marks_table(evaluation)}


def frames_32_s(recogniser: DamageRecogniser, *, repeats: int = 3) -> float:
    """Seconds to score 32 frames of 1080p, decoded already, the median; of as many cores as the
    bundle's session takes."""
    random = np.random.default_rng(0)
    frame = random.integers(0, 256, FULL_HD, dtype=np.uint8)
    frames = [np.roll(frame, step, axis=1) for step in range(FRAMES)]
    taken = []
    threads = cv2.getNumThreads()
    cv2.setNumThreads(-1)  # as many as it takes in service; training holds it to one
    try:
        recogniser.score(frames[:1])
        for _ in range(repeats):
            start = time.perf_counter()
            recogniser.score(frames)
            taken.append(time.perf_counter() - start)
    finally:
        cv2.setNumThreads(threads)
    return round(float(np.median(taken)), 3)


def write_evaluation(out: Path, evaluation: Mapping[str, Any], page: str) -> None:
    """evaluation.json and report.html in the folder `out`, which is made. Raises TrainingError
    when they cannot be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        numbers = json.dumps(evaluation, ensure_ascii=False, indent=1, allow_nan=False)
        (out / "evaluation.json").write_text(numbers + "\n", encoding="utf-8")
        (out / "report.html").write_text(page, encoding="utf-8")
    except OSError as error:
        raise TrainingError(
            Text(f"无法写入评估结果 {out}：{error}。请换一个文件夹。",
                 f"The evaluation cannot be written to {out}: {error}. Name another folder.")
        ) from error  # fmt: skip
