"""What a child of the decoder says of its clip, and how far it is believed.

A child that hostile bytes have taken over can still answer. Its answer is therefore checked like
any input from outside before anything is built on it.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from tingzhen.media.clip import Kind
from tingzhen.media.limits import Limits

MAX_ANSWER_BYTES: Final = 1 << 18
_MAX_TEXT: Final = 1000
_LARGEST_COUNT: Final = 1 << 40
_VIDEO: Final = {"codec": str, "width": int, "height": int, "rotation": int}
_AUDIO: Final = {"codec": str, "sample_rate": int, "channels": int}
_FRAME: Final = {"height": int, "width": int, "time_s": float, "sharpness": float}
_FACTS: Final = {"damaged_packets": int, "partial": bool, "generated": bool, "cpu_s": float}


def parse(line: bytes) -> dict[str, Any]:
    """An answer in JSON: facts, or an error, or how the child ended. Raises ValueError."""
    try:
        answer = json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(answer, dict):
        raise ValueError("the answer is no object")  # noqa: TRY004 - of the child, not ours
    for name in ("error", "zh", "en", "detail"):
        if not isinstance(answer.get(name, ""), str) or len(answer.get(name, "")) > _MAX_TEXT:
            raise ValueError(f"{name} is no short text")
    if type(answer.get("ended", 0)) is not int:
        raise ValueError("ended is no number")
    return answer


def check_facts(answer: Mapping[str, Any], limits: Limits, data_bytes: int) -> None:
    """Raise ValueError unless the facts are whole, within limits, and describe data_bytes."""
    if answer.get("kind") not in get_args(Kind):
        raise ValueError("kind")
    for name, fields in (("video", _VIDEO), ("audio", _AUDIO)):
        if answer.get(name, "") is not None:
            _check(answer.get(name), fields)
    _check({name: answer.get(name) for name in _FACTS}, _FACTS)
    _check({"duration_s": answer.get("duration_s")}, {"duration_s": float})
    samples, frames = answer.get("samples", 0), answer.get("frames")
    if samples is not None:
        _check({"samples": samples}, {"samples": int})
    if not isinstance(frames, list) or len(frames) > limits.max_frames:
        raise ValueError("frames")
    described_bytes = 4 * (samples or 0)
    for frame in frames:
        _check(frame, _FRAME)
        if min(frame["height"], frame["width"]) < 1:
            raise ValueError("a frame without pixels")
        if max(frame["height"], frame["width"]) > limits.frame_side_px:
            raise ValueError("a frame beyond the limit")
        described_bytes += frame["height"] * frame["width"] * 3
    if described_bytes != data_bytes:
        raise ValueError(f"{data_bytes} bytes where {described_bytes} are described")


def check_sound(heard: Any, limits: Limits) -> None:
    """Raise ValueError unless `heard`, told before all else, is whole and within limits."""
    if not isinstance(heard, dict) or heard.keys() != {"kind", "audio", "samples"}:
        raise ValueError("not an object of kind, audio, samples")
    if heard["kind"] not in get_args(Kind):
        raise ValueError("kind")
    if (heard["audio"] is None) != (heard["samples"] is None):
        raise ValueError("a track without samples, or samples without a track")
    if heard["audio"] is not None:
        _check(heard["audio"], _AUDIO)
        _check({"samples": heard["samples"]}, {"samples": int})
        if 4 * heard["samples"] > limits.max_output_bytes:
            raise ValueError("more samples than are accepted")


def samples_of(data: bytes | memoryview, count: int) -> NDArray[np.float32]:
    """float32 (count,). Raises ValueError for fewer of them, and outside -1..1."""
    waveform = np.frombuffer(data, np.float32, count)
    # Written so that not-a-number fails as well.
    if len(waveform) and not (waveform.min() >= -1.0 and waveform.max() <= 1.0):
        raise ValueError("samples beyond full scale")
    return waveform


def _check(found: Any, fields: Mapping[str, type]) -> None:
    """An object with exactly these fields; numbers finite and not negative, texts short."""
    if not isinstance(found, dict) or found.keys() != fields.keys():
        raise ValueError(f"not an object of {', '.join(fields)}")
    for name, kind in fields.items():
        value = found[name]
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise ValueError(f"{name} is no {kind.__name__}")
        if isinstance(value, str) and len(value) > _MAX_TEXT:
            raise ValueError(f"{name} is too long")
        if isinstance(value, int | float) and not 0 <= value <= _LARGEST_COUNT:
            raise ValueError(f"{name} is out of range")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name} is not finite")


def arrays_of(
    answer: Mapping[str, Any], data: memoryview
) -> tuple[NDArray[np.float32] | None, list[NDArray[np.uint8]]]:
    """Waveform (float32 or None) and pictures (uint8) as views of `data`, without a copy.

    For facts that passed check_facts. Raises ValueError for samples outside -1..1.
    """
    offset, waveform = 0, None
    if answer["samples"] is not None:
        waveform = samples_of(data, answer["samples"])
        offset = waveform.nbytes
    pictures = []
    for frame in answer["frames"]:
        shape = (frame["height"], frame["width"], 3)
        size = shape[0] * shape[1] * 3
        pictures.append(np.frombuffer(data, np.uint8, size, offset).reshape(shape))
        offset += size
    return waveform, pictures
