"""Words of a complaint as a short vector: hashed character n-grams, weighed by how rare they are.

Characters rather than words, so that Chinese needs no dictionary and a slip of spelling costs
little. Hashing with signs keeps inner products right on average (Weinberger et al. 2009, Feature
hashing for large scale multitask learning); the weight is the inverse document frequency (Spärck
Jones 1972).
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

WORD_WIDTH: Final = 128
BUCKETS: Final = 1 << 16
"""For counting documents; the vector itself is folded to WORD_WIDTH."""

_CJK_RUN: Final = re.compile(r"[\u4e00-\u9fff]+")
_LATIN_WORD: Final = re.compile(r"[a-z0-9]+")


def grams(text: str) -> set[str]:
    """Runs of one to three Chinese characters; Latin words whole and as runs of four letters."""
    plain = text.casefold()
    found: set[str] = set()
    for run in _CJK_RUN.findall(plain):
        for size in (1, 2, 3):
            found.update(run[i : i + size] for i in range(len(run) - size + 1))
    for word in _LATIN_WORD.findall(plain):
        found.add(f"={word}")
        found.update(word[i : i + 4] for i in range(len(word) - 3))
    return found


@lru_cache(maxsize=1 << 17)
def _bucket(gram: str) -> int:
    return crc32(gram.encode()) % BUCKETS


def _buckets(text: str) -> NDArray[np.intp]:
    found = grams(text)
    return np.fromiter((_bucket(gram) for gram in found), dtype=np.intp, count=len(found))


def rarity(texts: Iterable[str]) -> NDArray[np.float32]:
    """float32 (BUCKETS,), ln((1 + N) / (1 + n)) + 1, n the texts out of N that hold the n-gram."""
    counts, total = np.zeros(BUCKETS), 0
    for text in texts:
        counts[np.unique(_buckets(text))] += 1
        total += 1
    return (np.log((1.0 + total) / (1.0 + counts)) + 1.0).astype(np.float32)


# One column and one sign for each bucket, fixed for ever.
_RANDOM: Final = np.random.default_rng(20240501)
_COLUMN: Final = _RANDOM.integers(WORD_WIDTH, size=BUCKETS)
_SIGN: Final = _RANDOM.choice(np.array([-1.0, 1.0]), size=BUCKETS)


def word_vectors(texts: Sequence[str | None], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (len(texts), WORD_WIDTH), each row of length 1, or 0 where nothing is said."""
    vectors = np.zeros((len(texts), WORD_WIDTH), dtype=np.float32)
    for row, text in enumerate(texts):
        buckets = _buckets(text) if text else ()
        if len(buckets):
            vectors[row] = np.bincount(
                _COLUMN[buckets], _SIGN[buckets] * weight[buckets], WORD_WIDTH
            )
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    norms[norms == 0.0] = 1.0
    unit: NDArray[np.float32] = vectors / norms
    return unit
