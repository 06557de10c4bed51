"""All figures of scored pictures. Every name is explained in docs/damage-evaluation.md."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tingzhen.training.damage_measuring.by_type import type_figures
from tingzhen.training.damage_measuring.crops import crop_figures
from tingzhen.training.damage_measuring.pictures import PictureFacts
from tingzhen.training.damage_measuring.resampling import Resampling
from tingzhen.training.damage_measuring.scored import (
    ScoredPictures,
    fully_labelled_sources,
    of_sources,
)
from tingzhen.training.damage_measuring.slices import slice_figures
from tingzhen.training.damage_measuring.transfer import transfer_figures
from tingzhen.training.damage_measuring.verdicts import confusion, verdict_figures


def damage_figures(
    scored: ScoredPictures,
    *,
    facts: Sequence[PictureFacts] | None = None,
    crops: ScoredPictures | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """JSON-ready; a figure is an object {value, low, high, n}, n counts groups.

    `phone_photos` is there where a source boxes all its body damage, `slices` where facts of each
    picture are given too, `crops` where crops were scored.
    """
    how = Resampling(resamples, seed)
    phone = fully_labelled_sources(scored.pictures)
    result: dict[str, Any] = {
        "pictures": len(scored),
        "groups": len(set(scored.groups)),
        "folds": None if scored.fold is None else len(np.unique(scored.fold)),
        "by_source": {
            source: _of_source(of_sources(scored, [source]), how)
            for source in sorted(set(scored.sources))
        },
    }
    if phone:
        rows = np.array([i for i, s in enumerate(scored.sources) if s in phone], np.int64)
        own = scored.take(rows)
        # One source is the common case: its figures are there already.
        alone = result["by_source"][phone[0]] if len(phone) == 1 else _of_source(own, how)
        result["phone_photos"] = {"sources": phone} | alone
        result["phone_photos"]["confusion"] = confusion(own)
        if facts is not None:
            result["slices"] = slice_figures(own, [facts[i] for i in rows], how)
    result["transfer"] = transfer_figures(scored, phone, how)
    if crops is not None and (found := crop_figures(crops, how)):
        result["crops"] = found
    return result


def _of_source(scored: ScoredPictures, how: Resampling) -> dict[str, Any]:
    counts = {"pictures": len(scored), "groups": len(set(scored.groups))}
    return counts | type_figures(scored, how) | {"verdicts": verdict_figures(scored, how)}
