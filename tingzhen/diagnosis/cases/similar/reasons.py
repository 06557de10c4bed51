"""Why a case is near another, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_NAMES
from tingzhen.diagnosis._context_names import WHEN_NAMES
from tingzhen.diagnosis.cases.record import CaseRecord
from tingzhen.diagnosis.cases.similar.vectors import Scaling
from tingzhen.diagnosis.cases.strata import mileage_band, mileage_band_name
from tingzhen.language import Text
from tingzhen.vision.vocabulary import DAMAGE_NAMES, VISIBLE_DAMAGES

ReasonKind = Literal[
    "sound", "picture", "noise", "damage", "words", "code", "when", "mileage", "temperature",
    "humidity", "speed", "model",
]  # fmt: skip
_PERCEIVED: Final = 0.3
_ALIKE: Final = 0.5
_MEASURES: Final[tuple[tuple[ReasonKind, str, float, Text, str], ...]] = (
    ("temperature", "ambient_c", 5.0, Text("气温", "temperature"), "°C"),
    ("humidity", "humidity_pct", 10.0, Text("湿度", "humidity"), "%"),
    ("speed", "speed_kmh", 15.0, Text("车速", "speed"), "km/h"),
)
"""Kind, measure, how far apart it may lie to be called similar, name and unit."""
_WORDS_SHOWN: Final = 3
_CHARACTERS: Final = 400


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that two cases share. likeness: 0..1 where it is a matter of degree, else 1."""

    kind: ReasonKind
    text: Text
    likeness: float = 1.0


def reasons(one: CaseRecord, other: CaseRecord, scaling: Scaling) -> tuple[Reason, ...]:
    """What the two share, what is perceived first. Empty where nothing can be named."""
    return (
        *_embeddings(one, other, scaling),
        *(
            reason
            for found in (_types, _codes, _words, _situations, _measures, _vehicle)
            for reason in found(one, other)
        ),
    )


def _embeddings(one: CaseRecord, other: CaseRecord, scaling: Scaling) -> Iterator[Reason]:
    sound = _cosine(one.sound_embedding, other.sound_embedding, scaling.sound_mean)
    if sound >= _ALIKE:
        zh, en = f"声音特征相似度 {sound:.2f}", f"the sounds are alike at {sound:.2f}"
        yield Reason("sound", Text(zh, en), sound)
    picture = _cosine(one.picture_embedding, other.picture_embedding, scaling.picture_mean)
    if picture >= _ALIKE:
        zh, en = f"画面特征相似度 {picture:.2f}", f"the pictures are alike at {picture:.2f}"
        yield Reason("picture", Text(zh, en), picture)


def _types(one: CaseRecord, other: CaseRecord) -> Iterator[Reason]:
    for noise in FAULT_NOISES:
        a, b = one.noises.get(noise, 0.0), other.noises.get(noise, 0.0)
        if min(a, b) >= _PERCEIVED:
            yield Reason(
                "noise", _both(NOISE_NAMES[noise], "同样的声音", "same noise", a, b), min(a, b)
            )
    for damage in VISIBLE_DAMAGES:
        a, b = one.damages.get(damage, 0.0), other.damages.get(damage, 0.0)
        if min(a, b) >= _PERCEIVED:
            text = _both(DAMAGE_NAMES[damage], "同样的损伤", "same damage", a, b)
            yield Reason("damage", text, min(a, b))


def _both(name: Text, zh: str, en: str, one: float, other: float) -> Text:
    return Text(f"{zh}：{name.zh}（{one:.2f} 与 {other:.2f}）",
                f"{en}: {name.en.lower()} ({one:.2f} and {other:.2f})")  # fmt: skip


def _codes(one: CaseRecord, other: CaseRecord) -> Iterator[Reason]:
    for code in one.codes:
        if code in other.codes:
            yield Reason("code", Text(f"同样的故障码 {code}", f"same trouble code {code}"))


def _words(one: CaseRecord, other: CaseRecord) -> Iterator[Reason]:
    shared = shared_words(one.complaint, other.complaint)
    if shared:
        zh = "、".join(f"“{words}”" for words in shared)
        en = ", ".join(f'"{words}"' for words in shared)
        yield Reason("words", Text(f"描述中都有{zh}", f"both say {en}"))


def shared_words(one: str | None, other: str | None) -> list[str]:
    """Up to three longest runs that both texts hold: two Chinese characters or a whole word."""
    a, b = (one or "").casefold()[:_CHARACTERS], (other or "").casefold()[:_CHARACTERS]
    if not a or not b:
        return []
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    runs = {
        min(_whole_words(a, m.a, m.a + m.size), _whole_words(b, m.b, m.b + m.size), key=len)
        for m in blocks
    }
    long = sorted((run for run in runs if len(run) >= 2), key=lambda run: (-len(run), run))
    return long[:_WORDS_SHOWN]


def _whole_words(text: str, start: int, end: int) -> str:
    """The run without Latin words that are cut at its edges, and without blanks and marks."""
    while start < end and _latin(text[start]) and start > 0 and _latin(text[start - 1]):
        start += 1
    while start < end and _latin(text[end - 1]) and end < len(text) and _latin(text[end]):
        end -= 1
    return text[start:end].strip(" ,.;:!?，。；：！？、\"'()（）")


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _situations(one: CaseRecord, other: CaseRecord) -> Iterator[Reason]:
    for situation in one.when:
        if situation in other.when:
            name = WHEN_NAMES[situation]
            yield Reason("when", Text(f"都是{name.zh}", f"both {name.en}"))


def _measures(one: CaseRecord, other: CaseRecord) -> Iterator[Reason]:
    if one.mileage_km is not None and other.mileage_km is not None:
        band = mileage_band(one.mileage_km)
        if band == mileage_band(other.mileage_km):
            name = mileage_band_name(band)
            yield Reason("mileage", Text(f"里程都是 {name.zh}", f"both {name.en}"))
    for kind, measure, apart, words, unit in _MEASURES:
        a, b = getattr(one, measure), getattr(other, measure)
        if a is not None and b is not None and abs(a - b) <= apart:
            zh = f"{words.zh}相近（{a:g} 与 {b:g} {unit}）"
            yield Reason(kind, Text(zh, f"similar {words.en} ({a:g} and {b:g} {unit})"))


def _vehicle(one: CaseRecord, other: CaseRecord) -> Iterator[Reason]:
    if one.model and other.model and one.model.casefold() == other.model.casefold():
        yield Reason("model", Text(f"同一车型 {other.model}", f"same model {other.model}"))


def _cosine(
    one: NDArray[np.float32] | None, other: NDArray[np.float32] | None, mean: NDArray[np.float32]
) -> float:
    """Cosine of the angle between two embeddings seen from their mean."""
    if one is None or other is None or not len(one) == len(other) == len(mean):
        return 0.0
    a, b = one - mean, other - mean
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths > 0.0 else 0.0
