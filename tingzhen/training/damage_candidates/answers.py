"""What a candidate says of held-out pictures, in one form for all of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tingzhen.vision.decision import sigmoid
from tingzhen.vision.geometry import Placement
from tingzhen.vision.places import best_places
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

WHOLE = Placement(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """rows: int64 (n,), which pictures. logits: float32 (n, types); NaN for types that a candidate
    does not judge. centres: float32 (n, visible damages, 2), x and y in 0..1 of the middle of the
    surest place of each type; NaN where a candidate names no place. training_s: CPU seconds;
    NaN where a GPU learned."""

    rows: NDArray[np.int64]
    logits: NDArray[np.float32]
    centres: NDArray[np.float32]
    training_s: float

    def save(self, path: Path) -> None:
        """Atomically."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(
            part, rows=self.rows, logits=self.logits, centres=self.centres,
            training_s=self.training_s,
        )  # fmt: skip
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Answers":
        with np.load(path) as kept:
            return cls(kept["rows"], kept["logits"], kept["centres"], float(kept["training_s"]))


def joined(parts: list[Answers]) -> Answers:
    """The answers of several folds; the training time is that of one fold, the median."""
    return Answers(
        np.concatenate([one.rows for one in parts]),
        np.concatenate([one.logits for one in parts]),
        np.concatenate([one.centres for one in parts]),
        float(np.median([one.training_s for one in parts])),
    )


def no_centres(count: int) -> NDArray[np.float32]:
    return np.full((count, len(VISIBLE_DAMAGES), 2), np.nan, np.float32)


def centres_of_maps(places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Middles of the surest places as the recogniser finds them in maps: float32 (n, visible
    damages, 2). places: float32 (n, types, rows, columns), logits."""
    centres = no_centres(len(places))
    maps = sigmoid(places)
    for row in range(len(places)):
        for index in range(len(VISIBLE_DAMAGES)):
            found = best_places(maps[row, index], WHOLE)
            if found:
                x, y, w, h = found[0][1]
                centres[row, index] = x + w / 2, y + h / 2
    return centres
