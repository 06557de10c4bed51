"""Noise types, and the recogniser that hears them in a waveform."""

from typing import TYPE_CHECKING, Any

from tingzhen.audio.findings import NoiseEvent, NoiseFindings, NoiseScore, NoiseVerdict
from tingzhen.audio.provenance import Provenance
from tingzhen.audio.vocabulary import (
    FAULT_NOISES,
    HEALTHY_NOISE,
    NOISE_NAMES,
    NOISE_TYPES,
    NoiseType,
)

if TYPE_CHECKING:
    from tingzhen.audio.recogniser import NoiseRecogniser
    from tingzhen.audio.spectrogram_picture import event_colour, spectrogram

__all__ = [
    "FAULT_NOISES",
    "HEALTHY_NOISE",
    "NOISE_NAMES",
    "NOISE_TYPES",
    "NoiseEvent",
    "NoiseFindings",
    "NoiseRecogniser",
    "NoiseScore",
    "NoiseType",
    "NoiseVerdict",
    "Provenance",
    "event_colour",
    "spectrogram",
]


def __getattr__(name: str) -> Any:
    """The vocabulary is needed everywhere; ONNX Runtime and OpenCV only where something runs."""
    if name == "NoiseRecogniser":
        from tingzhen.audio.recogniser import NoiseRecogniser  # noqa: PLC0415

        return NoiseRecogniser
    if name in {"spectrogram", "event_colour"}:
        from tingzhen.audio import spectrogram_picture as module  # noqa: PLC0415

        return getattr(module, name)
    raise AttributeError(name)
