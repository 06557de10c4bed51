"""Drawn pictures and made-up scores to measure."""

from pathlib import Path

import cv2
import numpy as np

from tingzhen.datasets.damage_manifest import TYPE_INDEX, Box, DamagePicture, picture_targets
from tingzhen.training.damage_measuring.pictures import PictureFacts
from tingzhen.training.damage_measuring.scored import ScoredPictures
from tingzhen.vision.findings import DamageFinding
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

PHONE = ("scratch", "dent", "lamp_broken")


def make_picture(labels, group="g", source="phone", boxes=(), *, looked_for=PHONE, path="a/b.png"):
    """labels: joined with ";". boxes: of (type, x, y, w, h)."""
    words = frozenset(labels.split(";"))
    placed = tuple(Box(TYPE_INDEX[name], *place) for name, *place in boxes)
    damage = words & set(VISIBLE_DAMAGES)
    return DamagePicture(
        Path(path), source, f"{source}/{group}", words, picture_targets(words, looked_for),
        placed, {box.type_index for box in placed} == {TYPE_INDEX[name] for name in damage},
    )  # fmt: skip


def find(name, probability, box=(0.2, 0.2, 0.2, 0.2)):
    return DamageFinding(name, probability, 0.0, box)


def make_scored(pictures, findings=None, probabilities=None, verdicts=None, fold=None):
    """Findings decide what is not given: probabilities are theirs, or 0.05, and verdicts follow."""
    n = len(pictures)
    findings = findings or [()] * n
    if probabilities is None:
        probabilities = np.full((n, len(DAMAGE_TYPES)), 0.05, np.float32)
        for row, own in enumerate(findings):
            for one in own:
                probabilities[row, TYPE_INDEX[one.type]] = one.probability
    verdicts = verdicts or ["damaged" if own else "undamaged" for own in findings]
    return ScoredPictures(
        pictures, probabilities, findings, verdicts, ["" for _ in pictures],
        np.linspace(0, 1, n).astype(np.float32),
        np.full((n, len(VISIBLE_DAMAGES)), 0.5, np.float32), fold,
    )  # fmt: skip


def random_scored(*, groups=40, seed=0):
    """Phone photos, one-label photos, undamaged cars, tyres and everyday things, told better than
    by chance; with folds and facts."""
    random = np.random.default_rng(seed)
    pictures, findings = [], []
    for number in range(groups):
        for _ in range(int(random.integers(1, 4))):
            kind = number % 6
            name = PHONE[int(random.integers(3))]
            place = tuple(random.uniform(0.05, 0.4, 4).tolist())
            if kind < 3:
                labels, source, boxes = name, "phone", [(name, *place)]
            elif kind == 3:
                labels, source, boxes = name, "insurance224", []
            else:
                labels = ("undamaged", "engine_bay", "not_vehicle", "tyre_good")[number // 6 % 4]
                source, boxes = f"other{kind}", []
            looked_for = PHONE if source == "phone" else ()
            pictures.append(
                make_picture(
                    labels,
                    f"{number}",
                    source,
                    boxes,
                    looked_for=looked_for,
                    path=f"s/{number}.png",
                )
            )
            said = random.random() < (0.7 if kind < 4 else 0.1)
            shift = random.normal(0, 0.1, 2)
            box = (*np.clip(np.add(place[:2], shift), 0, 0.5).tolist(), place[2], place[3])
            claimed = name if random.random() < 0.85 else PHONE[int(random.integers(3))]
            findings.append([find(claimed, float(random.uniform(0.5, 1)), box)] if said else [])
    scored = make_scored(pictures, findings)
    noise = random.uniform(0, 0.45, scored.probabilities.shape).astype(np.float32)
    probabilities = np.maximum(scored.probabilities, noise)
    fold = np.array([int(p.group.rsplit("/", 1)[1]) % 3 for p in pictures], np.int64)
    scored = make_scored(pictures, findings, probabilities, fold=fold)
    facts = [PictureFacts(*random.uniform(0, 1, 2).tolist(), None) for _ in pictures]
    return scored, facts


def texture(seed, side_px=96):
    """A smooth random picture, uint8 RGB: no two seeds are alike."""
    random = np.random.default_rng(seed)
    rough = random.integers(0, 256, (7, 7, 3), dtype=np.uint8)
    return cv2.resize(rough, (side_px, side_px), interpolation=cv2.INTER_CUBIC)
