"""What in a picture tells who somebody is: faces and number plates."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from tingzhen.serving.privacy.boxes import Box, grown
from tingzhen.serving.privacy.faces import find_faces
from tingzhen.serving.privacy.plates import find_plates

_MARGIN: Final = {"face": 0.25, "plate": 0.12}


@dataclass(frozen=True, slots=True)
class Hidden:
    """A place that is blurred. box: x, y, width, height, 0..1 of the picture."""

    what: Literal["face", "plate"]
    box: Box


def hidden_places(rgb: NDArray[np.uint8]) -> list[Hidden]:
    """Faces and plates that are found, each with a margin. rgb: uint8 (height, width, 3)."""
    height, width = rgb.shape[:2]
    found: list[Hidden] = []
    found += [_hidden("face", box, height, width) for box in find_faces(rgb)]
    found += [_hidden("plate", box, height, width) for box in find_plates(rgb)]
    return [place for place in found if place.box[2] > 0 and place.box[3] > 0]


def _hidden(what: Literal["face", "plate"], box: Box, height: int, width: int) -> Hidden:
    x, y, across, down = grown(box, _MARGIN[what], height, width)
    return Hidden(what, (x / width, y / height, across / width, down / height))
