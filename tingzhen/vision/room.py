"""Where there is room in a picture beside what must not be covered."""

from collections.abc import Sequence

PixelBox = tuple[int, int, int, int]  # left, top, right, bottom; right and bottom are outside


def shared_px(one: PixelBox, other: PixelBox) -> int:
    """Pixels that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)


def freest(
    corners: Sequence[tuple[int, int]],
    size: tuple[int, int],
    picture: tuple[int, int],
    taken: Sequence[PixelBox],
) -> PixelBox:
    """The box of this size that covers least of what is taken; the first of equals.

    corners: upper left corners to try, at least one, moved into the picture where they leave it.
    size, picture: width and height; a box larger than the picture is cut.
    """
    w, h = min(size[0], picture[0]), min(size[1], picture[1])
    boxes = []
    for x, y in corners:
        left, top = min(max(x, 0), picture[0] - w), min(max(y, 0), picture[1] - h)
        boxes.append((left, top, left + w, top + h))
    return min(boxes, key=lambda box: sum(shared_px(box, other) for other in taken))
