"""Leaks: what stands on both sides of a split, by its group or as a copy under another name."""

from collections.abc import Sequence
from typing import Any

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.datasets.near_duplicates import (
    ALIKE_BITS,
    Alike,
    PerceptualHash,
    alike_between,
    alike_within,
)
from tingzhen.datasets.splits import joined_groups
from tingzhen.training.damage_measuring.scored import Rows

Hashes = Sequence[PerceptualHash | None]

_NAMED = 20


def split_groups(groups: Sequence[str], hashes: Hashes) -> list[str]:
    """Groups to split by: those that hold copies of one another are one group."""
    return joined_groups(groups, [(pair.first, pair.second) for pair in alike_within(hashes)])


def across_folds(hashes: Hashes, fold: Rows) -> list[Alike]:
    """Near-duplicates whose pictures were held out in different folds."""
    return [pair for pair in alike_within(hashes) if fold[pair.first] != fold[pair.second]]


def groups_across(groups: Sequence[str], fold: Rows) -> list[str]:
    """Groups with pictures in more than one fold, sorted."""
    folds: dict[str, set[int]] = {}
    for group, one in zip(groups, fold.tolist(), strict=True):
        folds.setdefault(group, set()).add(one)
    return sorted(group for group, own in folds.items() if len(own) > 1)


def leak_figures(
    pictures: Sequence[DamagePicture], hashes: Hashes, fold: Rows | None
) -> dict[str, Any]:
    """`limit_bits`, near-duplicates `across_groups` (a picture counted as independent that is
    not), and with folds `groups_across_folds` and `pairs_across_folds`, of which any is a leak;
    `pairs` names up to 20 of the worst kind there is."""
    groups = [picture.group for picture in pictures]
    alike = alike_within(hashes)
    apart = [pair for pair in alike if groups[pair.first] != groups[pair.second]]
    result: dict[str, Any] = {"limit_bits": ALIKE_BITS, "across_groups": len(apart)}
    named = apart
    if fold is not None:
        named = [pair for pair in alike if fold[pair.first] != fold[pair.second]]
        result["groups_across_folds"] = len(groups_across(groups, fold))
        result["pairs_across_folds"] = len(named)
    return result | {"pairs": _named(named, pictures, pictures)}


def leaks_between(
    pictures: Sequence[DamagePicture],
    hashes: Hashes,
    others: Sequence[DamagePicture],
    other_hashes: Hashes,
) -> dict[str, Any]:
    """Between a manifest and the one that a model learned from: `shared_groups`, `pairs_between`,
    and up to 20 of the `pairs`."""
    alike = alike_between(hashes, other_hashes)
    shared = {picture.group for picture in pictures} & {picture.group for picture in others}
    return {
        "limit_bits": ALIKE_BITS,
        "shared_groups": len(shared),
        "pairs_between": len(alike),
        "pairs": _named(alike, pictures, others),
    }


def check_folds(pictures: Sequence[DamagePicture], hashes: Hashes, fold: Rows) -> None:
    """Raises ValueError when a group or a near-duplicate stands in two folds: a defect of whatever
    made the folds."""
    found = leak_figures(pictures, hashes, fold)
    if found["groups_across_folds"] or found["pairs_across_folds"]:
        raise ValueError(
            f"{found['groups_across_folds']} groups and {found['pairs_across_folds']} "
            f"near-duplicates stand in two folds: {found['pairs'][:3]}"
        )


def _named(
    pairs: Sequence[Alike], first: Sequence[DamagePicture], second: Sequence[DamagePicture]
) -> list[dict[str, Any]]:
    nearest = sorted(pairs, key=lambda pair: pair.bits)[:_NAMED]
    return [
        {
            "first": _name(first[pair.first]),
            "second": _name(second[pair.second]),
            "bits": pair.bits,
            "mirrored": pair.mirrored,
        }
        for pair in nearest
    ]


def _name(picture: DamagePicture) -> str:
    return "/".join(picture.path.parts[-2:])
