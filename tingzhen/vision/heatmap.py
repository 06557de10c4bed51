"""Where in a frame a type was seen: the network's map laid over the picture.

The map is as coarse as its cells; drawn smoothly it must not be read as an outline.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.vision.findings import DamageFinding

_STRONGEST = 0.6  # opacity of the place that speaks most for the type
_LAYER_PX = 96


def heat_layer(finding: DamageFinding, *, side_px: int = _LAYER_PX) -> NDArray[np.uint8]:
    """RGBA, uint8 (side_px, side_px, 4), to be stretched over the upright picture.

    Colour (inferno, bright where the type is likeliest) and opacity follow the finding's heat as a
    share of its peak. Raises ValueError when the finding has none.
    """
    if finding.heat is None:
        raise ValueError("a finding without a map has no heat")
    share = finding.heat / max(float(finding.heat.max()), 1e-6)
    smooth = np.clip(cv2.resize(share, (side_px, side_px), interpolation=cv2.INTER_CUBIC), 0.0, 1.0)
    colour = cv2.applyColorMap((255 * smooth).astype(np.uint8), cv2.COLORMAP_INFERNO)
    opacity = (255 * _STRONGEST * smooth).astype(np.uint8)
    return np.dstack([cv2.cvtColor(colour, cv2.COLOR_BGR2RGB), opacity])


def draw_heat(
    rgb: NDArray[np.uint8], finding: DamageFinding, *, max_side_px: int = 960
) -> NDArray[np.uint8]:
    """The picture under its heat: uint8 RGB, the longer side at most max_side_px."""
    height, width = rgb.shape[:2]
    scale = min(1.0, max_side_px / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    picture = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    layer = cv2.resize(heat_layer(finding), size, interpolation=cv2.INTER_LINEAR)
    opacity = layer[..., 3:].astype(np.float32) / 255
    mixed = picture * (1 - opacity) + layer[..., :3] * opacity
    return np.asarray(mixed.round(), dtype=np.uint8)


def encode_png(rgba: NDArray[np.uint8]) -> bytes:
    """PNG of an RGBA picture, uint8 (height, width, 4)."""
    done, coded = cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
    if not done:
        raise ValueError(f"a picture of shape {rgba.shape} cannot be coded as PNG")
    return bytes(coded.tobytes())
