"""The stages of a training run, each kept, so that a run that is cut off loses little."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.splits import grouped_folds
from tingzhen.datasets.waveforms import read_waveform
from tingzhen.training.noise.bundle import NAME, Fitted, bundle_bytes, bundle_metadata
from tingzhen.training.noise.card import noise_card
from tingzhen.training.noise.crossval import OutOfFold, fit_heads, out_of_fold
from tingzhen.training.noise.decision import Surroundings, decide
from tingzhen.training.noise.evaluation import evaluate_run, robustness_apart
from tingzhen.training.noise.fit import FitSettings
from tingzhen.training.noise.head import Context
from tingzhen.training.noise.hearings import Ears, Recipe, Waveform, hear_clip, plan_hearings
from tingzhen.training.noise.learned_from import SYNTHETIC_LIMITS
from tingzhen.training.noise.listener import Listener, ListenerSettings
from tingzhen.training.noise.material import Material, make_material
from tingzhen.training.noise.network import LogMel, Trunk
from tingzhen.training.noise.scoring import limits
from tingzhen.training.noise.timing import choose_rule, events_measured, fit_listener, hear_unheard
from tingzhen.training.noise.weights import Backbone
from tingzhen.training.noise_measuring.bundle_evaluation import ten_seconds_ms, write_evaluation
from tingzhen.training.noise_measuring.marks import marks_table
from tingzhen.training.noise_measuring.mistakes import worst_mistakes
from tingzhen.training.options import TrainOptions
from tingzhen.training.runs import Run

Progress = Callable[[str, int], AbstractContextManager[Callable[..., None]]]
DISTURBED = 80
"""Recordings of the robustness curves."""


class Stages:
    """One run: everything is asked for by name and made when it is not there yet."""

    def __init__(  # noqa: PLR0917 - everything that a run is
        self,
        run: Run,
        options: TrainOptions,
        backbone: Backbone,
        clips: Sequence[NoiseClip],
        recipe: Recipe,
        settings: FitSettings,
        listener: ListenerSettings,
        progress: Progress,
    ) -> None:
        self.run, self.options, self.backbone = run, options, backbone
        self.clips, self.recipe, self.settings = clips, recipe, settings
        self.listener_settings, self.progress = listener, progress
        self.waveforms = self._decode()

    def write(self, *, repeats: int) -> None:
        """All stages, and the bundle with its card, evaluation and report."""
        seed = self.options.seed
        material = self.material()
        around = self.surroundings()
        within = [self.by_recording(material, repeat) for repeat in range(repeats)]
        apart = self.source_left_out(material)
        far = apart or within[0]
        decision = decide(
            self.clips, within[0], far, self.settings, limits=limits(self.clips, far),
            least=SYNTHETIC_LIMITS["min_probability"],
        )  # fmt: skip
        listener = self.listener(material, (0, 1))
        of_half = {k: self.listener(material, (k,)) for k in (0, 1)}
        heard = hear_unheard(of_half, material, self.clips)
        rule = choose_rule(heard, material.beds)
        everything = np.ones(len(self.clips), dtype=bool)
        heads = fit_heads(
            material, self.clips, everything, self.settings, seed=seed,
            told=self.run.steps_of("heads"),
        )  # fmt: skip
        fitted = Fitted(heads, listener, decision, rule)
        metadata = bundle_metadata(
            fitted, self.clips, version=self.options.version, seed=seed,
            base_rates=base_rates(self.clips), layers=self.backbone.layers,
        )  # fmt: skip
        content = bundle_bytes(fitted, self.backbone, metadata)
        self.run.write_bytes("model.onnx", content)
        figures, scored = evaluate_run(
            self.clips, within, apart, material, around, self.settings,
            seed=seed, progress=self.progress,
        )  # fmt: skip
        figures["events"] = events_measured(heard, material, self.clips, seed=seed)
        ears = Ears(self.clips, self.waveforms, Trunk(self.backbone), seed)
        figures["robustness"] = robustness_apart(
            self.clips, self.waveforms, ears, material, decision, within[0].part, self.settings,
            seed=seed, at_most=DISTURBED, progress=self.progress,
        )  # fmt: skip
        evaluation = {
            "model": self._model(content),
            "folds": self.options.folds,
            "repeats": repeats,
            "seed": seed,
            "interval": "95 % percentile bootstrap over recordings, 1000 resamples",
            **figures,
        }
        evaluation["marks"] = marks_table(evaluation)
        mistakes = worst_mistakes(scored, lambda clip: read_waveform(clip.path))
        title = f"{NAME} {self.options.version}"
        write_evaluation(self.run.out_dir, evaluation, mistakes, title)
        card = noise_card(metadata, evaluation, self.clips, self.recipe)
        (self.run.out_dir / "card.md").write_text(card, encoding="utf-8")

    def material(self) -> Material:
        """Every hearing."""
        plan = plan_hearings(self.clips, self.recipe, seed=self.options.seed)
        with self.progress("listen", len(plan)) as advance:
            return make_material(
                self.run, plan, self.clips, self.waveforms, self.backbone,
                seed=self.options.seed, processes=self.options.threads or 64, advance=advance,
            )  # fmt: skip

    def surroundings(self) -> Surroundings:
        """What AudioSet's names say of each clip as it is."""
        kept = self.run.load_checkpoint("surroundings")
        if kept is None:
            log_mel, trunk, context = LogMel(), Trunk(self.backbone).eval(), Context(self.backbone)
            rows, rms = [], []
            with self.progress("surroundings", len(self.clips)) as advance:
                for waveform in self.waveforms:
                    whole = hear_clip(waveform, 0, np.random.default_rng(0))
                    with torch.inference_mode():
                        last = trunk(log_mel(torch.from_numpy(np.ascontiguousarray(whole))[None]))[
                            1
                        ]
                        rows.append(context(last)[0])
                    rms.append(float(np.sqrt(np.mean(np.square(whole, dtype=np.float64)))))
                    advance()
            kept = {"context": torch.stack(rows), "rms": torch.tensor(rms, dtype=torch.float64)}
            self.run.save_checkpoint("surroundings", kept)
        return Surroundings(kept["context"].double().numpy(), kept["rms"].numpy())

    def by_recording(self, material: Material, repeat: int) -> OutOfFold:
        """Scores of one repeat of the grouped cross-validation."""
        part = grouped_folds(
            [clip.group for clip in self.clips], [clip.types for clip in self.clips],
            folds=self.options.folds, seed=self.options.seed + repeat,
        )  # fmt: skip
        return self._scores(f"by_recording-{repeat}", material, part)

    def source_left_out(self, material: Material) -> OutOfFold | None:
        """Scores with each source left out in turn; None where there is one source alone."""
        names = [clip.source for clip in self.clips]
        if len({name for name in names if name != GENERATED}) < 2:
            return None
        part = np.unique(names, return_inverse=True)[1].astype(np.int64)
        return self._scores("source_left_out", material, part)

    def listener(self, material: Material, halves: tuple[int, ...]) -> Listener:
        """The listener that learned from these halves of the recordings."""
        name = "-".join(["listener", *map(str, halves)])
        kept = self.run.load_checkpoint(name)
        if kept is None:
            with self.progress(name, self.listener_settings.steps) as advance:
                made = fit_listener(
                    material, self.clips, self.listener_settings, halves=halves,
                    seed=self.options.seed, advance=advance, told=self.run.steps_of(name),
                )  # fmt: skip
            self.run.save_checkpoint(name, made.state_dict())
            return made
        listener = Listener(Trunk(self.backbone).width, self.listener_settings.width)
        listener.load_state_dict(kept)
        return listener.eval()

    def _scores(self, name: str, material: Material, part: NDArray[np.int64]) -> OutOfFold:
        kept = self.run.load_checkpoint(name)
        if kept is None:
            steps = 2 * self.settings.steps * len(set(part.tolist()))
            with self.progress(name, steps) as advance:
                made = out_of_fold(
                    material, self.clips, part, self.settings,
                    seed=self.options.seed, advance=advance,
                )  # fmt: skip
            kept = {
                field: torch.from_numpy(getattr(made, field))
                for field in ("known", "open", "distance", "mahalanobis")
            }
            self.run.save_checkpoint(name, kept)
        return OutOfFold(**{field: values.numpy() for field, values in kept.items()}, part=part)

    def _decode(self) -> list[Waveform]:
        waveforms = []
        with self.progress("decode", len(self.clips)) as advance:
            for clip in self.clips:
                waveforms.append(read_waveform(clip.path))
                advance()
        return waveforms

    def _model(self, content: bytes) -> dict[str, Any]:
        """Name, size and speed of the finished file, on one core."""
        import onnxruntime as ort  # noqa: PLC0415 - only measured here

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])

        def hear(waveform: Waveform) -> Any:
            return session.run(["types"], {"waveform": waveform[None]})[0][0]

        return {
            "name": NAME,
            "version": self.options.version,
            "megabytes": round(len(content) / 1e6, 2),
            "ten_seconds_ms": ten_seconds_ms(hear),
        }


def base_rates(clips: Sequence[NoiseClip]) -> dict[str, float]:
    """The share of recordings with each type that the calibration has met, at least one in
    fourteen: what is rarer in the data is not therefore rarer on the road."""
    recordings = {(t, c.source, c.group) for c in clips if c.source != GENERATED for t in c.types}
    total = len({(source, group) for _, source, group in recordings})
    count = Counter(type_ for type_, _, _ in recordings)
    return {
        t: round(min(0.9, max(count[t] / max(1, total), 1 / len(NOISE_TYPES))), 4)
        for t in NOISE_TYPES
    }
