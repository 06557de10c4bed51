"""A model ready for service: opened, checked against what its recogniser needs, and run once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio import NoiseRecogniser
from tingzhen.audio.log_mel import SAMPLE_RATE_HZ
from tingzhen.bundle import CPU, PROVIDERS, Bundle, ModelInfo, default_threads, open_model
from tingzhen.errors import BundleError
from tingzhen.language import Text
from tingzhen.serving.inference.batching import BatchedSession, BatchRule
from tingzhen.serving.inference.counters import InferenceCounters
from tingzhen.serving.records import RecogniserTask
from tingzhen.serving.settings import Settings
from tingzhen.vision import DamageRecogniser

Recogniser = NoiseRecogniser | DamageRecogniser
TASKS: Final[tuple[RecogniserTask, ...]] = ("noise", "damage")
_FLOAT, _UINT8 = "tensor(float)", "tensor(uint8)"
_INPUTS: Final[Mapping[str, tuple[str, str, int]]] = {
    "noise": ("waveform", _FLOAT, 2),
    "damage": ("pictures", _UINT8, 4),
}
"""Name, element type and number of dimensions of each task's one input."""
_OUTPUTS: Final[Mapping[str, frozenset[str]]] = {
    "noise": frozenset({"types", "steps", "context", "embedding", "novelty"}),
    "damage": frozenset({"scores", "map", "distance", "embedding"}),
}
"""Outputs that the recognisers read; all float. A graph may have more."""
_WARM_UP_S: Final = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """info: its version is that of the registry. session: joins the requests of several jobs.
    provider: what ONNX Runtime runs it with, in its words."""

    task: RecogniserTask
    info: ModelInfo
    session: BatchedSession
    recogniser: Recogniser
    provider: str


def batch_rule(settings: Settings, task: RecogniserTask, provider: str) -> BatchRule:
    """How requests are joined for a session of this task that this provider runs."""
    threads = settings.inference_threads or default_threads(task)
    return BatchRule(
        max_rows=settings.batch_max_rows,
        max_wait_s=settings.batch_wait_ms / 1000,
        # A GPU does one thing at a time; on a CPU a run leaves the other cores to other runs.
        parallel=max(1, (os.cpu_count() or 1) // threads) if provider == CPU else 1,
    )


def load_model(
    content: bytes,
    task: RecogniserTask,
    path: str,
    settings: Settings,
    *,
    counters: InferenceCounters | None = None,
    version: str | None = None,
) -> LoadedModel:
    """Open a model and see that it does its work; afterwards it is warm.

    content: of the ONNX file. path: names it in errors. version: its name in the
    registry, before the bundle's own.

    Raises BundleError when it is no model for `task`, lacks an input, an output or metadata that
    its recogniser needs, cannot be run as the settings say, or gives anything but finite
    numbers for plain input.
    """
    bundle = open_model(
        content, task, path,
        providers=PROVIDERS[settings.inference_provider],
        threads=settings.inference_threads or None,
    )  # fmt: skip
    _check_tensors(bundle, task, path)

    def observe(requests: int, rows: int) -> None:
        if counters is not None:
            counters.run(task, requests, rows)

    session = BatchedSession(bundle.session, batch_rule(settings, task, bundle.provider), observe)
    info = replace(bundle.info, version=version or bundle.info.version)
    joined = Bundle(info, session, bundle.metadata)
    recogniser: Recogniser
    recogniser = NoiseRecogniser(joined) if task == "noise" else DamageRecogniser(joined)
    try:
        _try_out(recogniser, bundle.session)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _unfit(path, Text(f"试运行失败：{reason}", f"it fails when it is tried: {reason}")) \
            from error  # fmt: skip
    return LoadedModel(task, recogniser.info, session, recogniser, bundle.provider)


def plain_input(recogniser: Recogniser) -> dict[str, NDArray[Any]]:
    """Faint noise for two seconds, or two grainy grey pictures: input that any model must take."""
    rng = np.random.default_rng(0)
    if isinstance(recogniser, NoiseRecogniser):
        samples = rng.normal(0.0, 0.05, (1, round(_WARM_UP_S * SAMPLE_RATE_HZ)))
        return {"waveform": samples.astype(np.float32)}
    side = recogniser.input_px
    return {"pictures": rng.integers(96, 160, (2, 3, side, side), dtype=np.uint8)}


def _check_tensors(bundle: Bundle, task: str, path: str) -> None:
    name, kind, dimensions = _INPUTS[task]
    inputs = [(t.name, t.type, len(t.shape)) for t in bundle.session.get_inputs()]
    if inputs != [(name, kind, dimensions)]:
        raise _unfit(path, Text(f"输入应为 {name}（{kind}，{dimensions} 维），实为 {inputs}",
                                f"its input should be {name} ({kind}, {dimensions} dimensions), "
                                f"and is {inputs}"))  # fmt: skip
    outputs = {t.name: t.type for t in bundle.session.get_outputs()}
    missing = sorted(n for n in _OUTPUTS[task] if outputs.get(n) != _FLOAT)
    if missing:
        names = ", ".join(missing)
        raise _unfit(path, Text(f"缺少浮点输出 {names}", f"it lacks the float outputs {names}"))


def _try_out(recogniser: Recogniser, session: Any) -> None:
    """Run graph and recogniser on plain input. Raises what goes wrong, ValueError for NaN."""
    feeds = plain_input(recogniser)
    names = [output.name for output in session.get_outputs()]
    for name, values in zip(names, session.run(names, feeds), strict=True):
        if not np.isfinite(values).all():
            raise ValueError(f"output {name} is not finite")
    if isinstance(recogniser, NoiseRecogniser):
        recogniser.recognise(feeds["waveform"][0])
    else:
        recogniser.score([np.ascontiguousarray(feeds["pictures"][0].transpose(1, 2, 0))])


def _unfit(path: str, why: Text) -> BundleError:
    return BundleError(
        Text(f"模型包不可用：{path}：{why.zh}。请重新导出模型。",
             f"The model bundle cannot be used: {path}: {why.en}. Export it again.")
    )  # fmt: skip
