"""Whether findings lie where the damage is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import TYPE_INDEX, Box
from tingzhen.training.damage_measuring.resampling import Resampling, figure
from tingzhen.training.damage_measuring.scored import Mask, Rows, ScoredPictures
from tingzhen.training.damage_measuring.weighted import share
from tingzhen.vision.findings import DamageFinding

Rectangle = tuple[float, float, float, float]
"""x, y, width, height."""

OVERLAP = 0.3
_CELLS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Every picture with every type of which it has a true box; all arrays (pairs,).

    rows: which picture. types: index of the type. found: whether a finding of the type stands
    there. inside: whether the centre of the best one lies in a true box of the type. chance: share
    of the picture that the true boxes of the type cover.
    """

    rows: Rows
    types: Rows
    found: Mask
    inside: Mask
    chance: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TrueBoxes:
    """Every true box; arrays (boxes,). rows, types: its picture and type. hit: whether a finding
    of its type overlaps it by an intersection over union of 0.3 or more."""

    rows: Rows
    types: Rows
    hit: Mask


def place_is_right(box: Rectangle, truth: Sequence[Box]) -> bool:
    """Whether the centre of a finding's box lies in a true box, its edge included."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    return any(t.x <= x <= t.x + t.w and t.y <= y <= t.y + t.h for t in truth)


def overlap(box: Rectangle, truth: Box) -> float:
    """Intersection over union, 0..1; 0 of boxes without area."""
    width = min(box[0] + box[2], truth.x + truth.w) - max(box[0], truth.x)
    height = min(box[1] + box[3], truth.y + truth.h) - max(box[1], truth.y)
    shared = max(0.0, width) * max(0.0, height)
    joined = box[2] * box[3] + truth.w * truth.h - shared
    return shared / joined if joined > 0 else 0.0


def covered_share(truth: Sequence[Box]) -> float:
    """Share of the picture that the boxes cover together: how often a point drawn at random lies
    in one. Counted on 64 x 64 points."""
    middles = (np.arange(_CELLS) + 0.5) / _CELLS
    covered = np.zeros((_CELLS, _CELLS), dtype=bool)
    for box in truth:
        rows = (middles >= box.y) & (middles <= box.y + box.h)
        columns = (middles >= box.x) & (middles <= box.x + box.w)
        covered |= rows[:, None] & columns[None, :]
    return float(covered.mean())


def best_finding(findings: Sequence[DamageFinding], type_index: int) -> DamageFinding | None:
    """The most probable finding of a type, the first of equals."""
    own = [finding for finding in findings if TYPE_INDEX[finding.type] == type_index]
    return max(own, key=lambda finding: finding.probability, default=None)


def pairs_of(scored: ScoredPictures) -> Pairs:
    rows, types, found, inside, chance = [], [], [], [], []
    for row, picture in enumerate(scored.pictures):
        for index in sorted({box.type_index for box in picture.boxes}):
            own = [box for box in picture.boxes if box.type_index == index]
            best = best_finding(scored.findings[row], index)
            rows.append(row)
            types.append(index)
            found.append(best is not None)
            inside.append(best is not None and place_is_right(best.box, own))
            chance.append(covered_share(own))
    return Pairs(
        np.array(rows, np.int64), np.array(types, np.int64), np.array(found, bool),
        np.array(inside, bool), np.array(chance, np.float64),
    )  # fmt: skip


def true_boxes_of(scored: ScoredPictures) -> TrueBoxes:
    rows, types, hit = [], [], []
    for row, picture in enumerate(scored.pictures):
        for box in picture.boxes:
            own = [f for f in scored.findings[row] if TYPE_INDEX[f.type] == box.type_index]
            rows.append(row)
            types.append(box.type_index)
            hit.append(any(overlap(finding.box, box) >= OVERLAP for finding in own))
    return TrueBoxes(np.array(rows, np.int64), np.array(types, np.int64), np.array(hit, bool))


def place_figures(
    groups: Sequence[str], pairs: Pairs, boxes: TrueBoxes, how: Resampling, only: int | None = None
) -> dict[str, Any]:
    """`place`, `place_by_chance`, `found_in_place`, `box_recall`, as docs/damage-evaluation.md has
    them; of one type where `only` names its index. Empty where no true box is."""
    chosen = np.ones(len(pairs.rows), bool) if only is None else pairs.types == only
    of_boxes = np.ones(len(boxes.rows), bool) if only is None else boxes.types == only
    if not chosen.any():
        return {}
    found = chosen & pairs.found

    def shares(values: Mask, rows: Rows, within: Mask) -> dict[str, Any]:
        return figure(share(values[within]), [groups[i] for i in rows[within]], how)

    chance = float(pairs.chance[found].mean()) if found.any() else None
    return {
        "place": shares(pairs.inside, pairs.rows, found),
        "place_by_chance": None if chance is None else round(chance, 4),
        "found_in_place": shares(pairs.inside, pairs.rows, chosen),
        "box_recall": shares(boxes.hit, boxes.rows, of_boxes),
        "boxes": int(of_boxes.sum()),
    }
