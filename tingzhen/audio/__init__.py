"""Noise types, and the recogniser that hears them in a waveform."""

from importlib import import_module
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
    from tingzhen.audio.event_band import with_bands
    from tingzhen.audio.event_boxes import event_colour
    from tingzhen.audio.recogniser import NoiseRecogniser
    from tingzhen.audio.spectrogram_picture import spectrogram

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
    "with_bands",
]


_ELSEWHERE = {
    "NoiseRecogniser": "recogniser",
    "event_colour": "event_boxes",
    "spectrogram": "spectrogram_picture",
    "with_bands": "event_band",
}


def __getattr__(name: str) -> Any:
    """The vocabulary is needed everywhere; ONNX Runtime and OpenCV only where something runs."""
    if name not in _ELSEWHERE:
        raise AttributeError(name)
    return getattr(import_module(f"tingzhen.audio.{_ELSEWHERE[name]}"), name)
