"""Examples as pictures for the page: small WebP with boxes drawn over them as SVG.

The boxes are no part of the pixels, so that they stay sharp and can be read out.
"""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import TYPE_INDEX, Box, DamagePicture
from tingzhen.training.damage_measuring.examples import Example, ExampleKind
from tingzhen.vision.findings import DamageFinding
from tingzhen.vision.vocabulary import DAMAGE_NAMES, DAMAGE_TYPES, DamageType

MOST_PX: Final = (340, 280)
QUALITY: Final = 68
MOST_BYTES: Final = 4_200_000
"""Of all pictures of a page, coded; beyond it the rest is left out, so that it can be sent."""
_TAG_PX: Final = 15


@dataclass(frozen=True, slots=True, eq=False)
class ShownExample:
    """An example as the page shows it; picture is None where the page would grow too large."""

    example: Example
    picture: Markup | None
    truth: Sequence[str]


def shown_examples(
    examples: Mapping[ExampleKind, Sequence[Example]],
    read: Callable[[DamagePicture], NDArray[np.uint8]],
    *,
    most_bytes: int = MOST_BYTES,
) -> dict[ExampleKind, list[ShownExample]]:
    """By kind, in turn one of each kind, so that no kind is left without when space ends."""
    shown: dict[ExampleKind, list[ShownExample]] = {kind: [] for kind in examples}
    used = 0
    for kind, example in _in_turn(examples):
        drawn = draw_example(example, read(example.picture)) if used < most_bytes else None
        if drawn is not None and used + len(drawn) > most_bytes:
            drawn = None
        used += len(drawn or "")
        shown[kind].append(ShownExample(example, drawn, sorted(example.picture.labels)))
    return shown


def _in_turn(
    examples: Mapping[ExampleKind, Sequence[Example]],
) -> Iterator[tuple[ExampleKind, Example]]:
    for place in range(max((len(own) for own in examples.values()), default=0)):
        for kind, own in examples.items():
            if place < len(own):
                yield kind, own[place]


def draw_example(example: Example, rgb: NDArray[np.uint8]) -> Markup:
    """The picture with its true boxes (dashed) and what was found (solid), as one SVG element.

    rgb: uint8 (height, width, 3).
    """
    width, height = _size(rgb)
    small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    _, coded = cv2.imencode(
        ".webp", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, QUALITY]
    )
    uri = "data:image/webp;base64," + base64.b64encode(coded.tobytes()).decode()
    parts = [f'<image href="{uri}" width="{width}" height="{height}"/>']
    for box in example.picture.boxes:
        parts.append(_true_box(box, width, height, DAMAGE_TYPES[box.type_index] == example.type))
    for finding in sorted(example.findings, key=lambda one: one.probability):
        parts.append(_found_box(finding, width, height, about=finding.type == example.type))
    return Markup(  # noqa: S704 - texts are escaped where they are placed
        f'<svg class="example" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{escape(_said(example))}">{"".join(parts)}</svg>'
    )


def _size(rgb: NDArray[np.uint8]) -> tuple[int, int]:
    """Width and height in px as shown; a small picture is not enlarged."""
    height, width = rgb.shape[:2]
    scale = min(1.0, MOST_PX[0] / width, MOST_PX[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _true_box(box: Box, width: int, height: int, about: bool) -> str:
    place = _place((box.x, box.y, box.w, box.h), width, height)
    css = "true" if about else "true other"
    return f'<rect {place} class="under"/><rect {place} class="{css}"/>'


def _found_box(finding: DamageFinding, width: int, height: int, *, about: bool) -> str:
    css = "found" if about else "found other"
    place = _place(finding.box, width, height)
    label = f"{DAMAGE_NAMES[finding.type].en} {finding.probability:.0%}"
    wide = 6.4 * len(label) + 8
    x = min(max(0.0, finding.box[0] * width), max(0.0, width - wide))
    y = min(max(0.0, finding.box[1] * height), max(0.0, height - _TAG_PX))
    tag = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{_TAG_PX}" class="tag"/>'
        f'<text x="{x + 4:.1f}" y="{y + 11.5:.1f}">{escape(label)}</text>'
    )
    # Only what the example is about bears its name: more tags would hide the picture.
    return f'<rect {place} class="under"/><rect {place} class="{css}"/>' + (tag if about else "")


def _place(box: tuple[float, float, float, float], width: int, height: int) -> str:
    x, y, w, h = box
    return (
        f'x="{x * width:.1f}" y="{y * height:.1f}" '
        f'width="{w * width:.1f}" height="{h * height:.1f}"'
    )


def _said(example: Example) -> str:
    true = sorted({DAMAGE_NAMES[DAMAGE_TYPES[box.type_index]].en for box in example.picture.boxes})
    found = sorted({DAMAGE_NAMES[finding.type].en for finding in example.findings})
    return f"True: {', '.join(true) or 'no box'}. Found: {', '.join(found) or 'nothing'}."


def name_of(label: str) -> tuple[str, str]:
    """A label of a manifest in English and Chinese; a word that is no type stays as it is."""
    if label in TYPE_INDEX:
        known: DamageType = DAMAGE_TYPES[TYPE_INDEX[label]]
        return DAMAGE_NAMES[known].en, DAMAGE_NAMES[known].zh
    return label.replace("_", " "), label
