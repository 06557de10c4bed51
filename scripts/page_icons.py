"""Draw the icons of the installable page from its mark: `python scripts/page_icons.py`.

A phone that installs the page wants PNG beside SVG. The whole field is filled, so that a phone may
cut it to any shape (the safe zone of a maskable icon is the inner 80 %).
"""

from pathlib import Path

from PIL import Image, ImageDraw

STATIC = Path(__file__).parents[1] / "tingzhen/serving/pages/owner/static"
GROUND, LINE = "#0b5f58", "#ffffff"
POINTS = ((10, 33), (18, 33), (22, 20), (29, 47), (36, 11), (42, 40), (45, 33), (54, 33))
"""The line of shell/static/icon.svg, on a field of 64 by 64."""
SMOOTH = 4


def draw(size_px: int) -> Image.Image:
    """The mark, size_px wide and high."""
    scale = size_px * SMOOTH / 64
    picture = Image.new("RGB", (size_px * SMOOTH, size_px * SMOOTH), GROUND)
    pen = ImageDraw.Draw(picture)
    line = [(32 + (x - 32) * 0.9, 32 + (y - 32) * 0.9) for x, y in POINTS]
    at = [(x * scale, y * scale) for x, y in line]
    pen.line(at, fill=LINE, width=round(5 * scale), joint="curve")
    for x, y in at:
        r = 2.5 * scale
        pen.ellipse((x - r, y - r, x + r, y + r), fill=LINE)
    return picture.resize((size_px, size_px), Image.Resampling.LANCZOS).quantize(16)


def main() -> None:
    for size_px in (192, 512):
        draw(size_px).save(STATIC / f"icon-{size_px}.png", optimize=True)


if __name__ == "__main__":
    main()
