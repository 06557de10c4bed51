"""The surest wrong answers, to be listened to: a label or a channel is often the culprit."""

import base64
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from tingzhen.audio import spectrogram
from tingzhen.audio.log_mel import SAMPLE_RATE_HZ
from tingzhen.audio.vocabulary import HEALTHY_NOISE, NOISE_TYPES, NoiseType
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise_measuring.codecs import Waveform, encode
from tingzhen.training.noise_measuring.recordings import SEVEN, Scored, Values, by_recording

HEARD_S = 10
BIT_RATE = 48_000
SPECTROGRAM_PX = (560, 240)
COLOURS = 48


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A clip and what was said of it. truth: its types. checked: whether somebody checked them.
    probabilities: (14,). waveform: float32 (n,), mono, 16 kHz."""

    file: str
    source: str
    reported: str
    truth: Sequence[str]
    checked: bool
    answer: NoiseType
    verdict: str
    probabilities: Values
    waveform: Waveform

    @property
    def confidence(self) -> float:
        return float(self.probabilities[NOISE_TYPES.index(self.answer)])


def worst_mistakes(
    scored: Scored,
    read: Callable[[NoiseClip], Waveform],
    *,
    at_most: int = 14,
    alike: int = 3,
) -> list[Mistake]:
    """Of the recordings whose most probable type is wrong the surest, one clip each.

    normal and not_vehicle are no mistake for one another; whine and rumble neither. At most
    `alike` of the same truth and answer, as one confusion would fill the page.
    read: waveform of a clip, float32 at 16 kHz; only of those that are chosen.
    """
    r = by_recording(scored)
    order = []
    for row, members in enumerate(r.members):
        column = int(r.probabilities[row].argmax())
        if NOISE_TYPES[column] not in _taken_for_right(r.types[row]):
            surest = members[int(scored.probabilities[members, column].argmax())]
            order.append((float(r.probabilities[row, column]), surest, column))
    order.sort(key=lambda one: (-one[0], one[1]))
    seen: Counter[tuple[frozenset[str], int]] = Counter()
    chosen: list[Mistake] = []
    for _, i, column in order:
        clip = scored.clips[i]
        seen[clip.types, column] += 1
        if seen[clip.types, column] <= alike and len(chosen) < at_most:
            chosen.append(
                Mistake(
                    "/".join(clip.path.parts[-2:]), clip.source, clip.reported,
                    sorted(clip.types), not clip.weak, NOISE_TYPES[column], scored.verdicts[i],
                    scored.probabilities[i], read(clip),
                )
            )  # fmt: skip
    return chosen


def _taken_for_right(types: frozenset[str]) -> set[str]:
    right = set(types)
    for names in (*SEVEN, tuple(HEALTHY_NOISE)):
        if types & set(names):
            right |= set(names)
    return right


def sound_uri(waveform: Waveform) -> str:
    """The first seconds as MP3, which all browsers play, at a level that can be heard."""
    heard = waveform[: HEARD_S * SAMPLE_RATE_HZ]
    peak = float(abs(heard).max()) if len(heard) else 0.0
    return _uri("audio/mpeg", encode(heard * (0.9 / max(peak, 1e-3)), "mp3", BIT_RATE))


def spectrogram_uri(waveform: Waveform) -> str:
    """The same seconds as PNG; few colours, as a page holds many of them."""
    width, height = SPECTROGRAM_PX
    png = spectrogram(waveform[: HEARD_S * SAMPLE_RATE_HZ], width_px=width, height_px=height)
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(out, "PNG", optimize=True)
    return _uri("image/png", out.getvalue())


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
