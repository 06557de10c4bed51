"""What a candidate costs to hear with: parameters, and time for ten seconds of sound."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tingzhen.training.noise_candidates.ensemble import Together
from tingzhen.training.noise_candidates.feature_cache import FeatureCache
from tingzhen.training.noise_candidates.fine_tuning import FineTuned
from tingzhen.training.noise_candidates.pooling import mean_and_spread
from tingzhen.training.noise_candidates.protocol import Fitted
from tingzhen.training.noise_candidates.tone_bands import tone_bands
from tingzhen.training.noise_candidates.trunk_parts import FramesOf, frozen, parameters_of

SECONDS, REPEATS = 10, 5
Hears = Callable[[Tensor], Tensor]


def hearing_cost(cache: FeatureCache, fitted: Fitted | Together) -> dict[str, Any]:
    """parameters, and ten_seconds_ms: the least of five repetitions, CPU time of this process in
    torch eager. An ensemble's cost is for the reader to add up."""
    if isinstance(fitted, Together):
        return {"parameters": None, "ten_seconds_ms": None}
    hears, backbone = _whole(cache, fitted)
    wave = torch.from_numpy(
        np.random.default_rng(0).standard_normal((1, SECONDS * 16_000)).astype(np.float32)
    )
    times = []
    with torch.inference_mode():
        for _ in range(REPEATS):
            began = time.process_time()
            hears(wave)
            times.append(time.process_time() - began)
    return {
        "parameters": parameters_of(fitted.module) + backbone,
        "ten_seconds_ms": round(1000 * min(times), 1),
    }


def _whole(cache: FeatureCache, fitted: Fitted) -> tuple[Hears, int]:
    """From waveform to logits, and the parameters of the frozen backbone in it."""
    kind, module = fitted.kind, fitted.module
    if kind == "own":
        log_mel = cache.log_mel("usual")
        return lambda wave: module(
            log_mel(wave)[:, 0], torch.from_numpy(tone_bands(wave[0].numpy()))[None]
        ), 0
    if isinstance(module, FineTuned):
        return _tuned(cache, kind, module)
    if kind.startswith("last"):
        end = frozen(FramesOf(cache.log_mel("usual"), cache.trunk, cache.backbone, None))
        if kind == "last":
            return lambda wave: module(end(wave)), parameters_of(end)
        return lambda wave: module(end(wave).mean(dim=1)), parameters_of(end)
    treatment = kind.removeprefix("middle_")
    front = frozen(FramesOf(cache.log_mel(treatment), cache.trunk, cache.backbone))
    if kind == "middle":
        return lambda wave: module(front(wave)), parameters_of(front)
    return lambda wave: module(mean_and_spread(front(wave))), parameters_of(front)


def _tuned(cache: FeatureCache, kind: str, module: FineTuned) -> tuple[Hears, int]:
    log_mel = cache.log_mel("usual")
    if kind == "mel":
        return lambda wave: module(log_mel(wave)[:, 0]), 0
    first: nn.Module = frozen(cache.listened().first)
    return lambda wave: module(
        first(log_mel(wave)).permute(0, 2, 1, 3).flatten(2)
    ), parameters_of(first)  # fmt: skip
