"""Where the words of many faults begin, so that a complaint is held only against those it can hold.

Looking 40,000 faults' words up one by one would take longer than all the rest of a diagnosis.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tingzhen.diagnosis.knowledge import Words


@dataclass(frozen=True, slots=True, eq=False)
class IndexedWord:
    """rows: (n,), the faults that name the word. rank: (n,), its place among the fault's words."""

    word: str
    chinese: bool
    rows: NDArray[np.intp]
    rank: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class WordIndex:
    """by_start: words by their first two characters (all of them where shorter)."""

    by_start: dict[str, tuple[IndexedWord, ...]]

    def candidates(self, complaint: str) -> Iterator[IndexedWord]:
        """Words whose fixed beginning stands somewhere in a normalised complaint."""
        starts = {complaint[i : i + n] for i in range(len(complaint)) for n in (1, 2)}
        for start in sorted(starts & self.by_start.keys()):
            for indexed in self.by_start[start]:
                if indexed.word.split("*", 1)[0] in complaint:
                    yield indexed


def index_words(words: "Sequence[Words]") -> WordIndex:
    """words: of each fault, in the order of the base."""
    number: dict[tuple[str, bool], int] = {}
    places: list[tuple[int, int, int]] = []
    for row, of_fault in enumerate(words):
        named = [(word, True) for word in of_fault.zh] + [(word, False) for word in of_fault.en]
        places += [(number.setdefault(w, len(number)), row, rank) for rank, w in enumerate(named)]
    table = np.array(places, dtype=np.intp).reshape(len(places), 3)
    # One array of all words, of which each word has a part: far fewer arrays are made.
    table = table[np.argsort(table[:, 0], kind="stable")]
    rows, ranks = table[:, 1].copy(), table[:, 2].copy()
    starts = np.searchsorted(table[:, 0], np.arange(len(number) + 1)).tolist()
    by_start: dict[str, list[IndexedWord]] = {}
    for (word, chinese), start, stop in zip(number, starts, starts[1:], strict=False):
        indexed = IndexedWord(word, chinese, rows[start:stop], ranks[start:stop])
        by_start.setdefault(word.split("*", 1)[0][:2], []).append(indexed)
    return WordIndex({start: tuple(indexed) for start, indexed in by_start.items()})
