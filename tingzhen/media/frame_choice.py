"""Which packets to decode, and which of their pictures to keep.

Decoding is 80 to 90 % of the cost of a clip, so what is not decoded matters most. Packets arrive
in one pass. The packets from one keyframe to the next are held back, compressed, until the next
keyframe shows how far away it is; only then is decided what of them to decode:

- keyframes that are at least one spacing after the picture before;
- where the gap to the next keyframe is longer than the spacing, further pictures in between, with
  the packets that they refer to.

The spacing is one second, or more where max_frames have to last for a longer clip.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_SPACING_S = 1.0
# A keyframe slightly early still covers its second: phones place them with some jitter.
SPACING_TOLERANCE = 0.9
# A gap this little longer than the spacing is not worth decoding half a group for.
GAP_TOLERANCE = 0.05
# Mean absolute difference of 32 x 32 grey thumbnails (0..255) under which two frames show the same.
DUPLICATE_DIFFERENCE = 1.5
# A frame this much less sharp than the median of its clip is motion blur.
BLURRED_FRACTION = 0.25


@dataclass(frozen=True, slots=True)
class PacketFacts:
    """time_s: presentation time on the player's clock; None when the container has none."""

    time_s: float | None
    is_keyframe: bool


def spacing_s(
    duration_s: float | None, max_frames: int, least_s: float = MIN_SPACING_S
) -> float:  # fmt: skip
    """Seconds between two chosen pictures of a clip that lasts duration_s (None: not known)."""
    return max(least_s, (duration_s or 0.0) / max_frames)


def choose_packets(
    group: Sequence[PacketFacts],
    *,
    last_chosen_s: float | None,
    next_keyframe_s: float | None,
    spacing: float,
    continues: bool = False,
    keyframes_only: bool = False,
) -> tuple[frozenset[int], frozenset[int]]:
    """Which packets of a keyframe's group to decode, and of which to keep the picture.

    group: packets in order of decoding, a keyframe first. next_keyframe_s: time of the keyframe
    after the group; None where none follows. continues: the group is the rest of one that was cut,
    and all before it was decoded. Returns (decode, keep) as indices into group; keep is a
    subset of decode, and decode holds all packets up to the last kept one.
    """
    start = group[0].time_s
    if start is None:
        return frozenset({0}), frozenset({0})
    keep: set[int] = set()
    covered_s = last_chosen_s
    if covered_s is None or _keyframe_is_due(start - covered_s, next_keyframe_s, start, spacing):
        keep.add(0)
        covered_s = start
    # Pictures that lead the keyframe refer to packets of the group before and are never chosen.
    later = [
        (p.time_s, i) for i, p in enumerate(group) if p.time_s is not None and p.time_s > start
    ]
    if later and not keyframes_only and (group[0].is_keyframe or continues):
        for target_s in _targets_s(covered_s, next_keyframe_s, max(later)[0], spacing):
            if target_s > start:
                keep.add(min(later, key=lambda item: abs(item[0] - target_s))[1])
    return frozenset(range(max(keep) + 1) if keep else ()), frozenset(keep)


def _keyframe_is_due(
    since_s: float, next_keyframe_s: float | None, start_s: float, spacing: float
) -> bool:
    """Also a little early, where the next one would come too late: keyframes are the cheapest."""
    if since_s >= spacing * SPACING_TOLERANCE:
        return True
    late = next_keyframe_s is not None and (
        next_keyframe_s - start_s + since_s > spacing * (1 + GAP_TOLERANCE)
    )
    return late and since_s >= spacing / 2


def _targets_s(
    covered_s: float, next_keyframe_s: float | None, end_s: float, spacing: float
) -> list[float]:
    """Wanted times after covered_s: evenly up to the next keyframe, or each spacing to the end."""
    gap_s = (end_s if next_keyframe_s is None else next_keyframe_s) - covered_s
    parts = max(1, math.ceil(gap_s / spacing - GAP_TOLERANCE))
    step_s = spacing if next_keyframe_s is None else gap_s / parts
    return [covered_s + step_s * k for k in range(1, parts)]


def thin_out(
    times_s: Sequence[float],
    sharpness: Sequence[float],
    thumbnails: Sequence[NDArray[np.uint8]],
    max_frames: int,
) -> list[int]:
    """Indices of the pictures to hand on, in order of time.

    Left out are near-duplicates (the sharper one stays), the most blurred, and, above max_frames,
    those whose neighbours in time are nearest. At least one picture stays.
    """
    order = sorted(range(len(times_s)), key=lambda i: times_s[i])
    if not order:
        return []
    median = float(np.median([sharpness[i] for i in order]))
    sharp = [i for i in order if sharpness[i] >= BLURRED_FRACTION * median] or order
    kept: list[int] = []
    for index in sorted(sharp, key=lambda i: -sharpness[i]):
        if not any(_same(thumbnails[other], thumbnails[index]) for other in kept):
            kept.append(index)
    kept.sort(key=lambda i: times_s[i])
    while len(kept) > max_frames:
        times = [times_s[i] for i in kept]
        gaps = [times[k + 1] - times[k - 1] for k in range(1, len(kept) - 1)]
        del kept[1 + int(np.argmin(gaps)) if gaps else -1]
    return kept


def _same(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    if one.shape != other.shape:
        return False
    difference = np.abs(one.astype(np.int16) - other.astype(np.int16))
    return float(difference.mean()) < DUPLICATE_DIFFERENCE
