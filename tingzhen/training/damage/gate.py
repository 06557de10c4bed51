"""Which form of the network is shipped: the fastest that loses less than 0.005 of mean average
precision against float32 on held-out pictures.

The same networks in every form are scored on the same pictures, so the loss is a paired
difference; its interval is a bootstrap over groups.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.training.damage.quantise import FORMS, Form
from tingzhen.training.damage_measuring.resampling import Resampling, figure
from tingzhen.training.damage_measuring.scored import BODY, fully_labelled_sources
from tingzhen.training.damage_measuring.weighted import Statistic, average_precision, mean_of

LARGEST_LOSS = 0.005
_LEAST_GAIN = 1.1  # times as fast as the next simpler form, or it is not worth its trouble


def gate(
    pictures: Sequence[DamagePicture],
    logits: Mapping[Form, NDArray[np.float32]],
    ms: Mapping[Form, float],
    megabytes: Mapping[Form, float],
    how: Resampling,
) -> dict[str, Any]:
    """The table that decides, JSON-ready: by form `ms` (CPU a picture), `megabytes`, `map`, `loss`
    against float32 as {value, low, high, n}, and `passes`; and the `chosen` form.

    A form passes when the upper end of the interval of its loss, or without one the loss, is below
    0.005. Of the forms that pass, int8 is chosen where it is at least 1.1 times as fast as float16,
    else float16, which computes as float32 does and takes half the room.

    pictures, and logits float32 (n, types) by form: held-out pictures of all sources; those of
    fully labelled sources count. Without one nothing can be compared, and float32 is shipped.
    """
    sources = set(fully_labelled_sources(pictures))
    rows = np.array([i for i, p in enumerate(pictures) if p.source in sources], np.int64)
    own = [pictures[row] for row in rows]
    groups = [picture.group for picture in own]
    targets = np.array([picture.targets for picture in own])
    types = [index for index in BODY if len(own) and _scoreable(targets[:, index])]

    def map_of(form: Form) -> Statistic:
        return mean_of(
            [average_precision(logits[form][rows, index], targets[:, index] == 1)
             for index in types]
        )  # fmt: skip

    base = map_of("float32")
    table: dict[str, Any] = {}
    for form in FORMS:
        mine = map_of(form)
        loss = figure(_difference(base, mine), groups, how)
        table[form] = {
            "ms": ms[form],
            "megabytes": round(megabytes[form], 2),
            "map": figure(mine, groups, how),
            "loss": loss,
            "passes": _passes(loss),
        }
    return {"largest_loss": LARGEST_LOSS, "forms": table, "chosen": _chosen(table)}


def _difference(one: Statistic, other: Statistic) -> Statistic:
    return lambda weights: one(weights) - other(weights)


def _scoreable(targets: NDArray[np.float32]) -> bool:
    return bool((targets == 1).any() and (targets == 0).any() and not np.isnan(targets).any())


def _passes(loss: Mapping[str, Any]) -> bool:
    worst = loss["high"] if loss["high"] is not None else loss["value"]
    return worst is not None and worst < LARGEST_LOSS


def _chosen(table: Mapping[str, Any]) -> Form:
    if not table["float16"]["passes"]:
        return "float32"
    fast = table["int8"]["ms"] * _LEAST_GAIN <= table["float16"]["ms"]
    return "int8" if table["int8"]["passes"] and fast else "float16"
