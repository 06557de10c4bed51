"""A case as one vector, so that the nearest cases are those at the smallest angle.

The vector is made of parts side by side, each at most about as long as the root of its weight. What
a case does not know stays 0: it is then neither near nor far in that part, and the whole is judged
by what both know.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis.cases.record import CaseRecord
from tingzhen.diagnosis.cases.similar.words import WORD_WIDTH, word_vectors
from tingzhen.diagnosis.circumstances import POWERTRAINS, WHEN
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

Floats = NDArray[np.float32]

EMBEDDING_WIDTH: Final = 64
"""Embeddings are projected to this; angles stay within some 0.1 (Johnson, Lindenstrauss 1984)."""
_MODEL_WIDTH: Final = 16
_CODE_WIDTH: Final = 24

# How much each part counts, in squares of length. A choice: what is perceived counts most.
_WEIGHT: Final = {
    "sound": 3.0, "picture": 2.0, "noises": 2.0, "damages": 1.5, "words": 1.5, "codes": 1.0,
    "when": 1.0, "mileage_km": 0.4, "ambient_c": 0.3, "humidity_pct": 0.2, "speed_kmh": 0.3,
    "model": 0.5, "powertrain": 0.3,
}  # fmt: skip

# Centres of bumps along a measure, and their width: near values overlap, far ones do not.
_BUMPS: Final = {
    "mileage_km": (np.arange(3.0, 5.6, 0.5), 0.4),  # of the decimal logarithm of km + 1,000
    "ambient_c": (np.array([-20.0, -5.0, 10.0, 25.0, 40.0]), 10.0),
    "humidity_pct": (np.array([20.0, 45.0, 70.0, 95.0]), 18.0),
    "speed_kmh": (np.array([0.0, 30.0, 60.0, 100.0, 140.0]), 25.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """What is learned of the cases before they are made into vectors.

    rarity: float32 (BUCKETS,), from `words.rarity`. sound_mean, picture_mean: float32 (D,), mean
    embedding, subtracted so that angles between embeddings mean something; empty without any.
    """

    rarity: Floats
    sound_mean: Floats
    picture_mean: Floats


def vectors_of(records: Sequence[CaseRecord], scaling: Scaling) -> Floats:
    """float32 (len(records), WIDTH), each row of length 1 (0 where nothing at all is known)."""
    parts = [
        np.sqrt(np.float32(_WEIGHT[name])) * part(records, scaling) for name, part in _PARTS.items()
    ]
    whole = np.concatenate(parts, axis=1)
    norms = np.linalg.norm(whole, axis=1, keepdims=True)
    norms[norms == 0.0] = 1.0
    unit: NDArray[np.float32] = whole / norms
    return unit


def _words(records: Sequence[CaseRecord], scaling: Scaling) -> Floats:
    return word_vectors([r.complaint for r in records], scaling.rarity)


def _noises(records: Sequence[CaseRecord], scaling: Scaling) -> Floats:
    return _rows([[r.noises.get(t, 0.0) for t in FAULT_NOISES] for r in records], len(FAULT_NOISES))


def _damages(records: Sequence[CaseRecord], scaling: Scaling) -> Floats:
    rows = [[r.damages.get(d, 0.0) for d in VISIBLE_DAMAGES] for r in records]
    return _rows(rows, len(VISIBLE_DAMAGES))


def _sound(records: Sequence[CaseRecord], scaling: Scaling) -> Floats:
    return _embedded([r.sound_embedding for r in records], scaling.sound_mean)


def _picture(records: Sequence[CaseRecord], scaling: Scaling) -> Floats:
    return _embedded([r.picture_embedding for r in records], scaling.picture_mean)


def _when(records: Sequence[CaseRecord], scaling: Scaling) -> Floats:
    return _unit(_rows([[float(w in r.when) for w in WHEN] for r in records], len(WHEN)))


def _powertrain(records: Sequence[CaseRecord], scaling: Scaling) -> Floats:
    rows = [[float(p == r.powertrain) for p in POWERTRAINS] for r in records]
    return _rows(rows, len(POWERTRAINS))


def _model(records: Sequence[CaseRecord], scaling: Scaling) -> Floats:
    nothing = np.zeros(_MODEL_WIDTH, dtype=np.float32)
    return np.stack([_model_vector(r.model.casefold()) if r.model else nothing for r in records])


@cache
def _model_vector(name: str) -> Floats:
    drawn = np.random.default_rng(crc32(name.encode())).standard_normal(_MODEL_WIDTH)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def _codes(records: Sequence[CaseRecord], scaling: Scaling) -> Floats:
    rows = np.zeros((len(records), _CODE_WIDTH), dtype=np.float32)
    for row, record in enumerate(records):
        for code in record.codes:
            rows[row, crc32(code.encode()) % _CODE_WIDTH] += 1.0
    return _unit(rows)


def _measure(name: str) -> Callable[[Sequence[CaseRecord], Scaling], Floats]:
    centres, width = _BUMPS[name]

    def part(records: Sequence[CaseRecord], scaling: Scaling) -> Floats:
        given = [getattr(r, name) for r in records]
        values = np.array([np.nan if v is None else v for v in given], dtype=np.float64)
        if name == "mileage_km":
            values = np.log10(values + 1000.0)
        bumps = np.exp(-0.5 * ((values[:, None] - centres) / width) ** 2)
        return _unit(np.nan_to_num(bumps).astype(np.float32))

    return part


_PARTS: Final[dict[str, Callable[[Sequence[CaseRecord], Scaling], Floats]]] = {
    "words": _words, "noises": _noises, "damages": _damages, "sound": _sound,
    "picture": _picture, "when": _when, "codes": _codes, "model": _model,
    "powertrain": _powertrain, **{name: _measure(name) for name in _BUMPS},
}  # fmt: skip

WIDTH: Final = (
    WORD_WIDTH + len(FAULT_NOISES) + len(VISIBLE_DAMAGES) + 2 * EMBEDDING_WIDTH + len(WHEN)
    + _CODE_WIDTH + _MODEL_WIDTH + len(POWERTRAINS) + sum(len(c) for c, _ in _BUMPS.values())
)  # fmt: skip


def _embedded(embeddings: Sequence[Floats | None], mean: Floats) -> Floats:
    """An embedding of another width than the mean (another recogniser's) is left out."""
    rows = np.zeros((len(embeddings), EMBEDDING_WIDTH), dtype=np.float32)
    there = [row for row, e in enumerate(embeddings) if e is not None and len(e) == len(mean) > 0]
    if there:
        given = np.stack([embeddings[row] for row in there]) - mean  # type: ignore[misc]
        rows[there] = given @ _projection(len(mean))
    return _unit(rows)


@cache
def _projection(width: int) -> Floats:
    drawn = np.random.default_rng(width).standard_normal((width, EMBEDDING_WIDTH))
    return drawn.astype(np.float32)


def _rows(values: list[list[float]], width: int) -> Floats:
    return np.array(values, dtype=np.float32).reshape(len(values), width)


def _unit(rows: Floats) -> Floats:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    norms[norms == 0.0] = 1.0
    unit: NDArray[np.float32] = rows / norms
    return unit
