"""A small bundle that knows nothing yet, and folders of sounds that differ by type."""

import wave
from pathlib import Path

import numpy as np
import torch

from tests.training.noise.tiny import WIDTH, backbone, clip
from tingzhen.audio.events import EventRule
from tingzhen.audio.verdict import VerdictRule
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.training.noise.bundle import Fitted, bundle_bytes, bundle_metadata
from tingzhen.training.noise.crossval import Heads
from tingzhen.training.noise.decision import Decision
from tingzhen.training.noise.head import Gate, LinearHead, Neighbourhood
from tingzhen.training.noise.listener import Listener
from tingzhen.training.noise.network import STEP_S

RATE = 16_000
UNPROVEN = frozenset(FAULT_NOISES)
"""Without any recording of a fault."""
FEATURES = 2 * WIDTH
LIMITS = {"doubt": 0.8, "speech": 0.9, "music": 0.9, "novelty": 50.0, "silence_rms": 1e-4,
          "min_s": 1.0}  # fmt: skip


def fitted(seed=0):
    """Parts of a bundle with small random heads; what is learned lies far from any sound."""
    generator = torch.Generator().manual_seed(seed)

    def random(*shape):
        return torch.randn(*shape, generator=generator)

    heads = [LinearHead(0.05 * random(FEATURES, 14), random(14) - 2) for _ in range(2)]
    space = Neighbourhood(random(FEATURES, 4), random(4), random(4, 9) + 30)
    torch.manual_seed(seed)
    listener = Listener(WIDTH, 8)
    listener.mean.copy_(random(WIDTH))
    listener.spread.copy_(1 + random(WIDTH).abs())
    thresholds = dict.fromkeys([*FAULT_NOISES, "normal"], 0.55)
    rule = VerdictRule(thresholds, **LIMITS, far_thresholds=dict.fromkeys(thresholds, 0.6))
    events = EventRule(STEP_S, thresholds=dict.fromkeys(FAULT_NOISES, 0.5))
    decision = Decision(Gate(2.0, 0.5, 0.25), 1.1, -0.2, rule, UNPROVEN, 0.85)
    return Fitted(Heads(*heads, space), listener.eval(), decision, events)


def write_bundle(folder):
    clips = [clip("normal", f"g{i}") for i in range(6)]
    metadata = bundle_metadata(
        fitted(), clips, version="1", seed=0,
        base_rates=dict.fromkeys(NOISE_TYPES, 0.1), layers=backbone().layers,
    )  # fmt: skip
    (folder / "model.onnx").write_bytes(bundle_bytes(fitted(), backbone(), metadata))
    (folder / "card.md").write_text("# shipped 1\n\n## Figures\n\nnone\n", encoding="utf-8")
    return folder


def sound(type_, random, seconds=1.3):
    """An engine's hum; with a loud tone or with pulses; or noise alone."""
    time_s = np.arange(int(seconds * RATE)) / RATE
    hum = 0.1 * np.sin(2 * np.pi * random.uniform(140, 180) * time_s)
    hum += random.normal(0, 0.01, len(time_s))
    if type_ == "squeal":
        hum += 0.3 * np.sin(2 * np.pi * random.uniform(2500, 3500) * time_s)
    if type_ == "knock":
        hum += random.normal(0, 0.4, len(time_s)) * (time_s * 8 % 1 < 0.1)
    if type_ == "negative":
        hum = random.normal(0, 0.1, len(time_s))
    return hum


def write_wav(path: Path, waveform):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(waveform, -1, 1) * 32767).astype("<i2").tobytes())


def write_folder(folder: Path, *, seed=0, each=8, types=("normal", "squeal", "knock")):
    random = np.random.default_rng(seed)
    for type_ in types:
        for i in range(each):
            write_wav(folder / type_ / f"{i}.wav", sound(type_, random))
    return folder
