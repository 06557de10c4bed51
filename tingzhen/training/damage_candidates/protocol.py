"""The one protocol: which pictures are held out, and what is kept of each candidate and fold."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.datasets.splits import check_no_leak
from tingzhen.training.damage.backbone import BackboneName
from tingzhen.training.damage.device import ONE_CORE, Hands
from tingzhen.training.damage.embeddings import Pooling, imagenet_embeddings
from tingzhen.training.damage.material import square_px
from tingzhen.training.damage.squares import decode_squares
from tingzhen.training.damage_candidates.answers import Answers

Rows = NDArray[np.int64]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What candidates learn from. folder: keeps everything. fold: int64 (pictures,). epochs: passes
    over the pictures; None for what each candidate asks for. hands: what learns; one network at a
    time."""

    pictures: Sequence[DamagePicture]
    fold: Rows
    folder: Path
    seed: int = 0
    epochs: float | None = None
    hands: Hands = ONE_CORE
    tell: Tell = field(default=lambda text: None)

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def squares(self, input_px: int) -> NDArray[np.uint8]:
        """uint8 (pictures, s, s, 3), decoded once for all candidates of that size."""
        side = square_px(input_px)
        return decode_squares(
            self.pictures, side, self.cache / f"{side}px", threads=max(1, self.hands.workers)
        )

    def embeddings(
        self, name: BackboneName, input_px: int, pooling: Pooling = "embedding"
    ) -> NDArray[np.float32]:
        """float32 (pictures, features), before any training."""
        squares = self.squares(input_px)
        folder = self.cache / f"{square_px(input_px)}px"
        return imagenet_embeddings(
            squares, name, input_px, folder, pooling=pooling, device=self.hands.device
        )


class Fitted(Protocol):
    """A candidate that has learned."""

    def answer(self, rows: Rows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits float32 (n, types) and centres float32 (n, visible damages, 2) of pictures."""

    def parameters(self) -> int:
        """All that are needed to answer, those of a frozen backbone included."""

    def one(self, square: NDArray[np.uint8]) -> None:
        """Answer for one picture, uint8 (s, s, 3), as it would be served; for its cost."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """name: in tables. what: in words. input_px: side of the square that it sees. fit: learns from
    the given rows of the material; the name of the fold is for what it keeps."""

    name: str
    what: str
    input_px: int
    fit: Callable[[Material, Rows, str], Fitted]


def answers_path(folder: Path, candidate: str, fold: int) -> Path:
    return folder / "answers" / candidate / f"fold{fold}.npz"


def learn(candidate: Candidate, material: Material, fold: int) -> Fitted | None:
    """Fit on what the fold leaves, and keep what it says of the fold; None where that is there.

    The learned candidate is returned, so that its cost can be measured.
    """
    path = answers_path(material.folder, candidate.name, fold)
    if path.exists():
        return None
    learned, tested = np.flatnonzero(material.fold != fold), np.flatnonzero(material.fold == fold)
    groups = [picture.group for picture in material.pictures]
    check_no_leak({groups[i] for i in learned}, {groups[i] for i in tested})
    material.squares(candidate.input_px)  # decoding is no part of a candidate's cost
    began = time.process_time()
    fitted = candidate.fit(material, learned, f"{candidate.name}-fold{fold}")
    # Beside a GPU, CPU time says nothing of the cost.
    seconds = time.process_time() - began if material.hands.device == "cpu" else math.nan
    logits, centres = fitted.answer(tested)
    Answers(tested, logits, centres, seconds).save(path)
    return fitted
