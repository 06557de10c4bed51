"""95 % intervals of shares and of rates."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_Z95: Final = 1.959963984540054
_TAIL: Final = 0.025

Interval = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Estimate, low and high, float64 (K,) each; NaN where there is nothing to divide by."""


def wilson(hits: NDArray[np.int64], n: NDArray[np.int64]) -> Interval:
    """Shares of K groups, 0..1, with the score interval (Wilson 1927, Journal of the American
    Statistical Association 22: 209-212). hits, n: (K,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / n
        z2 = _Z95 * _Z95
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z95 / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4.0 * n * n))
    return share, np.maximum(0.0, middle - half), np.minimum(1.0, middle + half)


def garwood(counts: NDArray[np.int64], exposure: NDArray[np.float64]) -> Interval:
    """Counts per exposure of K groups with the exact Poisson interval (Garwood 1936, Biometrika
    28: 437-442). counts, exposure: (K,), exposure > 0."""
    from scipy.special import gammaincinv  # noqa: PLC0415 - only who asks for rates pays for it

    known = np.where(exposure > 0, exposure, np.nan)
    low = np.where(counts > 0, gammaincinv(np.maximum(counts, 1), _TAIL), 0.0)
    high = gammaincinv(counts + 1.0, 1 - _TAIL)
    return counts / known, low / known, high / known
