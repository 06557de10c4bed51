"""`tingzhen evaluate damage`: a finished bundle on the pictures of a manifest."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from tingzhen.bundle import Bundle, open_bundle
from tingzhen.datasets.damage_manifest import DamagePicture, read_damage_manifest
from tingzhen.training.damage_measuring.crops import cut, plan_crops
from tingzhen.training.damage_measuring.doubt import doubt_of_bundle
from tingzhen.training.damage_measuring.evaluation import (
    evaluation_of,
    frames_32_s,
    write_evaluation,
)
from tingzhen.training.damage_measuring.examples import choose_examples
from tingzhen.training.damage_measuring.figures import damage_figures
from tingzhen.training.damage_measuring.leaks import leak_figures
from tingzhen.training.damage_measuring.pictures import PictureFacts, facts_of, read_picture
from tingzhen.training.damage_measuring.report_page import render_report
from tingzhen.training.damage_measuring.scored import ScoredPictures
from tingzhen.training.damage_measuring.scoring import score_with_bundle
from tingzhen.training.damage_measuring.trained_groups import trained_on
from tingzhen.vision.recogniser import DamageRecogniser

RESAMPLES = 1000
SEED = 0
CROPPED = 400
"""Pictures, at most, of which crops are scored too."""


def evaluate_damage(
    bundle: Path, manifest: Path, *, out: Path | None = None, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """Figures of a bundle on a manifest, each picture as a photo of its own.

    `trained_on` says how many of the manifest's groups the bundle was trained on: with any, the
    figures say little about other cars, and `warning` says so. out: folder for evaluation.json and
    report.html, with crops, doubt, leaks, speed and examples. Raises BundleError, ManifestError and
    TrainingError.
    """
    opened = open_bundle(bundle, "damage")
    pictures = read_damage_manifest(manifest)
    scored, facts = _score(opened, pictures)
    model = asdict(opened.info)
    said = _said(opened, pictures)
    if out is None:
        figures = damage_figures(scored, facts=facts, resamples=resamples, seed=SEED)
        return {"model": model} | said | figures
    crops = _score_crops(opened, pictures)
    figures = damage_figures(scored, facts=facts, crops=crops, resamples=resamples, seed=SEED)
    measured = {
        "megabytes": round((bundle / "model.onnx").stat().st_size / 1e6, 2),
        "frames_32_s": frames_32_s(DamageRecogniser(opened)),
    }
    evaluation = evaluation_of(
        {"given": figures},
        model=model | measured,
        resamples=resamples,
        seed=SEED,
        doubt=doubt_of_bundle(opened, scored, resamples=resamples, seed=SEED),
        leaks=leak_figures(pictures, [one.hash for one in facts], None),
        **said,
    )
    title = f"{opened.info.name} {opened.info.version}: {manifest.name}"
    page = render_report(evaluation, choose_examples(scored), read_picture, title)
    write_evaluation(out, evaluation, page)
    return {"model": evaluation["model"]} | said | figures


def _score(
    bundle: Bundle, pictures: list[DamagePicture]
) -> tuple[ScoredPictures, list[PictureFacts]]:
    facts: list[PictureFacts] = []

    def read(picture: DamagePicture) -> NDArray[np.uint8]:
        rgb = read_picture(picture)
        facts.append(facts_of(rgb))
        return rgb

    with _progress("pictures", len(pictures)) as advance:
        return score_with_bundle(bundle, pictures, read, advance=advance), facts


def _score_crops(bundle: Bundle, pictures: list[DamagePicture]) -> ScoredPictures | None:
    crops = plan_crops(pictures, at_most=CROPPED, seed=SEED)
    if not crops:
        return None
    rectangles = iter([crop.rectangle for crop in crops])
    with _progress("crops", len(crops)) as advance:
        return score_with_bundle(
            bundle,
            [crop.picture for crop in crops],
            lambda picture: cut(read_picture(picture), next(rectangles)),
            advance=advance,
        )


def _said(bundle: Bundle, pictures: list[DamagePicture]) -> dict[str, Any]:
    groups = {picture.group for picture in pictures}
    seen = trained_on(bundle.metadata, groups)
    said: dict[str, Any] = {"trained_on": seen}
    if seen:
        said["warning"] = (
            f"{seen} of {len(groups)} groups were trained on: these figures do not say how well "
            "the model does on other cars. 其中部分车辆参与过训练，结果偏高。"
        )
    return said


@contextmanager
def _progress(name: str, total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error, so that standard output stays for results."""
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=total)
        yield lambda: bar.advance(task)
