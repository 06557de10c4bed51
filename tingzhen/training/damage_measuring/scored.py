"""Scored pictures: what was said of each, beside what is true. Nothing here knows who said it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import BODY_DAMAGES, TYPE_INDEX, DamagePicture
from tingzhen.vision.decision import Reason
from tingzhen.vision.findings import DamageFinding, DamageVerdict
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

BODY: tuple[int, ...] = tuple(TYPE_INDEX[name] for name in BODY_DAMAGES)
UNDAMAGED = TYPE_INDEX["undamaged"]
NOT_VEHICLE = TYPE_INDEX["not_vehicle"]


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPictures:
    """n pictures and what was said of each; every sequence has the length n.

    pictures: with their targets and boxes. A crop is a picture of its own, with the group of the
    picture that it was cut from.
    probabilities: float32 (n, types), 0..1, calibrated, in the order of DAMAGE_TYPES.
    findings: of each picture, with boxes in 0..1 of that picture; none where the verdict is not
    `damaged`.
    verdicts, reasons: as `vision.decision.decide` gives them; a reason is "" or why it cannot tell.
    distances: float32 (n,), to the nearest learned kind of vehicle picture.
    thresholds: float32 (n, visible damages), from which on each type was reported in each picture:
    the same in all rows for one bundle, those of its fold out of fold.
    fold: int64 (n,), the fold that each picture was held out in; None for a finished bundle.

    Raises ValueError when lengths or shapes differ.
    """

    pictures: Sequence[DamagePicture]
    probabilities: NDArray[np.float32]
    findings: Sequence[Sequence[DamageFinding]]
    verdicts: Sequence[DamageVerdict]
    reasons: Sequence[Reason]
    distances: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    fold: Rows | None = None

    def __post_init__(self) -> None:
        n = len(self.pictures)
        shapes = (self.probabilities.shape, self.distances.shape, self.thresholds.shape)
        if shapes != ((n, len(DAMAGE_TYPES)), (n,), (n, len(VISIBLE_DAMAGES))):
            raise ValueError(f"{n} pictures but arrays of shapes {shapes}")
        lengths = {len(self.findings), len(self.verdicts), len(self.reasons)}
        if lengths != {n} or (self.fold is not None and self.fold.shape != (n,)):
            raise ValueError(f"{n} pictures but other numbers of findings, verdicts or folds")

    def __len__(self) -> int:
        return len(self.pictures)

    def take(self, rows: Rows) -> "ScoredPictures":
        """The pictures of these rows, in their order; rows may repeat."""
        return ScoredPictures(
            [self.pictures[i] for i in rows], self.probabilities[rows],
            [self.findings[i] for i in rows], [self.verdicts[i] for i in rows],
            [self.reasons[i] for i in rows], self.distances[rows], self.thresholds[rows],
            None if self.fold is None else self.fold[rows],
        )  # fmt: skip

    @property
    def groups(self) -> list[str]:
        return [picture.group for picture in self.pictures]

    @property
    def sources(self) -> list[str]:
        return [picture.source for picture in self.pictures]

    def targets(self) -> NDArray[np.float32]:
        """float32 (n, types): 1 present, 0 absent, NaN not said."""
        if not self.pictures:
            return np.zeros((0, len(DAMAGE_TYPES)), np.float32)
        return np.stack([picture.targets for picture in self.pictures])

    def reported(self) -> Mask:
        """bool (n, visible damages): whether a finding of the type stands in the report."""
        reported = np.zeros((len(self), len(VISIBLE_DAMAGES)), dtype=bool)
        for row, findings in enumerate(self.findings):
            reported[row, [TYPE_INDEX[finding.type] for finding in findings]] = True
        return reported


def of_sources(scored: ScoredPictures, sources: Sequence[str]) -> ScoredPictures:
    chosen = set(sources)
    rows = [row for row, source in enumerate(scored.sources) if source in chosen]
    return scored.take(np.array(rows, dtype=np.int64))


def fully_labelled_sources(pictures: Sequence[DamagePicture]) -> list[str]:
    """Sources of body damage that box every place of every type that they look for, sorted: the
    phone photos. Only there is a type that is not labelled known to be absent."""
    body = set(BODY_DAMAGES)
    with_body: dict[str, bool] = {}
    for picture in pictures:
        if picture.labels & body:
            complete = with_body.get(picture.source, True)
            with_body[picture.source] = complete and picture.boxes_complete
    return sorted(source for source, complete in with_body.items() if complete)
