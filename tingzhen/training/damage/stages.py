"""One training run, from the pictures to the bundle. Every stage is kept and taken up again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.bundle import open_bundle
from tingzhen.training.damage.calibration import (
    Judged,
    decided_by,
)
from tingzhen.training.damage.card import write_card
from tingzhen.training.damage.evaluation import (
    HeldOut,
    decided_without,
    doubt_of_folds,
    fold_figures,
    held_out,
    ms_of,
    source_figures,
)
from tingzhen.training.damage.folds import Part, fold_parts, picture_folds, source_part
from tingzhen.training.damage.gate import gate
from tingzhen.training.damage.held_out import (
    Exported,
    Said,
    calibration_squares,
    export_served,
    forms_of,
    said_path,
)
from tingzhen.training.damage.material import Looked, Progress, look_at
from tingzhen.training.damage.parts import Work, fitted, learn_parts, learned, look_closely
from tingzhen.training.damage.quantise import FORMS, Form
from tingzhen.training.damage.served import (
    check_parity,
    round_weights,
    with_metadata,
)
from tingzhen.training.damage_measuring.evaluation import (
    evaluation_of,
    frames_32_s,
    write_evaluation,
)
from tingzhen.training.damage_measuring.examples import choose_examples
from tingzhen.training.damage_measuring.leaks import leak_figures
from tingzhen.training.damage_measuring.pictures import read_picture
from tingzhen.training.damage_measuring.report_page import render_report
from tingzhen.training.damage_measuring.resampling import Resampling
from tingzhen.training.damage_measuring.trained_groups import group_mark
from tingzhen.training.options import TrainOptions
from tingzhen.training.runs import Run, training_commit
from tingzhen.vision.recogniser import DamageRecogniser
from tingzhen.vision.vocabulary import DAMAGE_TYPES, EXPERIMENTAL_DAMAGES

NAME = "tingzhen-damage"
RESAMPLES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """One run. config: what stands in config.json."""

    run: Run
    work: Work
    options: TrainOptions
    config: dict[str, Any]
    progress: Progress

    def write(self) -> int | None:
        """All stages and the bundle with its card, evaluation and report; its size in bytes. None
        where the networks were to be fitted alone."""
        work, seed = self.work, self.options.seed
        threads = max(self.options.threads or 1, work.hands.networks * work.hands.workers)
        looked = look_at(work.pictures, work.cache, threads=threads, progress=self.progress)
        hashes = [one.facts.hash for one in looked]
        material = work.material(threads=threads, progress=self.progress)
        fold = picture_folds(work.pictures, hashes, folds=self.options.folds, seed=seed)
        folds = fold_parts(fold, [picture.group for picture in work.pictures])
        apart = self._apart(hashes)
        everything = np.arange(len(work.pictures))
        final = Part("all", everything, everything[:0])
        parts = [*folds, *apart, final]
        if not all(learned(work, part, self.run) for part in parts):
            material.embeddings()  # once, before the parts ask for them side by side
        learn_parts(work, parts, self.run, score=not self.options.only_fit, progress=self.progress)
        if self.options.only_fit:
            self.run.log("fitted")
            return None
        how = Resampling(RESAMPLES, seed)
        exported, forms = self._exported(final)
        decided = self._gate(folds, {form: len(content) / 1e6 for form, content in forms.items()})
        form: Form = decided["chosen"]
        look_closely(work, [*folds, *apart], self.run, form, progress=self.progress)
        frames = held_out(work, folds, form)
        unseen = held_out(work, folds, "photo")
        judged = (frames.judged(work.pictures), unseen.judged(work.pictures))
        content = self._content(exported, forms[form], form, *judged)
        self.run.write_bytes("model.onnx", content)
        scored, figures = fold_figures(work, unseen, looked, how)
        splits = {"grouped": figures}
        for part in apart:
            splits[part.name] = self._left_out(part, unseen, looked, how)
        bundle = open_bundle(self.run.out_dir, "damage")
        evaluation = evaluation_of(
            splits,
            model={
                "name": NAME,
                "version": self.options.version,
                "megabytes": round(len(content) / 1e6, 2),
                "frames_32_s": frames_32_s(DamageRecogniser(bundle)),
            },
            resamples=how.resamples,
            seed=seed,
            doubt=doubt_of_folds(scored, frames.said, how) or None,
            leaks=leak_figures(work.pictures, hashes, fold),
            forms=decided,
            precision=bundle.metadata["photo"]["precision"],
            left_out=list(self.options.apart) or None,
        )
        title = f"{NAME} {self.options.version}"
        page = render_report(evaluation, choose_examples(scored), read_picture, title)
        write_evaluation(self.run.out_dir, evaluation, page)
        card = write_card(work.pictures, evaluation, self.config)
        self.run.write_bytes("card.md", card.encode())
        self.run.log("finished", bytes=len(content))
        return len(content)

    def _apart(self, hashes: Sequence[Any]) -> list[Part]:
        if not self.options.apart:
            return []
        return [source_part(self.work.pictures, hashes, self.options.apart)]

    def _exported(self, final: Part) -> tuple[Exported, dict[Form, bytes]]:
        """The network of everything, and each of its forms as a file without metadata."""
        work = self.work
        material = work.material()
        network = fitted(work, final, material, self.run)
        input_px, seed = work.settings.network.input_px, work.settings.seed
        exported = export_served(network, material, final.learned, work.settings.network, seed=seed)
        squares = calibration_squares(material, final.learned, input_px, seed=seed)
        return exported, forms_of(exported.model, squares)

    def _gate(self, folds: Sequence[Part], megabytes: dict[Form, float]) -> dict[str, Any]:
        work = self.work
        rows = np.concatenate([part.tested for part in folds])
        logits: dict[Form, NDArray[np.float32]] = {
            form: held_out(work, folds, form).said.logits for form in FORMS
        }
        decided = gate(
            [work.pictures[row] for row in rows.tolist()], logits, ms_of(work, folds), megabytes,
            Resampling(RESAMPLES, self.options.seed),
        )  # fmt: skip
        self.run.log("form", chosen=decided["chosen"])
        return decided

    def _left_out(
        self, part: Part, unseen: HeldOut, looked: Sequence[Looked], how: Resampling
    ) -> dict[str, Any]:
        work = self.work
        said = Said.load(said_path(work.out, part.name, "photo"))
        count = len(part.tested)
        own = Said(said.logits[:count], said.places[:count], said.distances[:count], said.ms)
        return source_figures(
            [work.pictures[row] for row in part.tested.tolist()], own,
            decided_without(unseen, work.pictures, self.options.apart),
            [looked[row].size for row in part.tested.tolist()], how,
        )  # fmt: skip

    def _content(
        self, exported: Exported, content: bytes, form: Form, frames: Judged, photos: Judged
    ) -> bytes:
        """The file of the chosen form, checked against torch, with its metadata."""
        import onnx  # noqa: PLC0415 - slow to import

        input_px = self.work.settings.network.input_px
        metadata = {
            "task": "damage",
            "name": NAME,
            "version": self.options.version,
            "labels": list(DAMAGE_TYPES),
            "experimental": sorted(EXPERIMENTAL_DAMAGES),
            "input_px": input_px,
            "form": form,
            **decided_by(frames),
            "photo": decided_by(photos),
            "training_commit": training_commit(),
            "trained_groups": sorted({group_mark(p.group) for p in self.work.pictures}),
        }
        noise = np.random.default_rng(0).integers(
            0, 256, (3, 3, input_px, input_px), dtype=np.uint8
        )
        # int8 differs by design, which the gate measures; its float graph must not.
        checked = exported.model.SerializeToString() if form == "int8" else content
        if form == "float16":
            round_weights(exported.served)
        difference = check_parity(exported.served, checked, noise)
        self.run.log("parity", largest_difference=difference)
        return with_metadata(onnx.load_from_string(content), metadata)
