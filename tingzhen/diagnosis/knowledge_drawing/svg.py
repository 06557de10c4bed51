"""A page as SVG that can be read aloud, selected and printed.

The picture is a graphics document (WAI-ARIA Graphics Module) with a title, a description that
says the whole tree in words, and a label at each box. Nothing is told by colour alone.
"""

import hashlib
import re
from collections.abc import Iterator
from html import escape
from typing import Final

from tingzhen.diagnosis.knowledge_drawing.layout import (
    FONT_PX,
    GATE_PX,
    LINE_PX,
    MARK_PX,
    NOTE_PX,
    PAD_PX,
    Box,
    Layout,
    lay_out,
)
from tingzhen.diagnosis.knowledge_drawing.node import Node, NodeKind, Picture
from tingzhen.diagnosis.knowledge_drawing.phrases import said
from tingzhen.diagnosis.knowledge_drawing.text_width import width_em, wrapped
from tingzhen.language import Language

_MARGIN_PX: Final = 24
_HEADING_PX: Final = 20
_NARROWEST_PAGE_PX: Final = 640
_STYLE: Final = """
text{font-family:system-ui,"Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",
sans-serif;font-size:14px;fill:#17202a}
.heading{font-size:20px;font-weight:600}.note,.edge,.line{font-size:12px;fill:#3d4a57}
.edge{paint-order:stroke;stroke:#fff;stroke-width:4px}
.box{stroke:#5b6875;stroke-width:1.2;fill:#fff}.gate .box{fill:#eef3fb;stroke:#2f5d9b}
.perceived .box{fill:#fdf3d8;stroke:#9a6b00}.event .box{fill:#eef7ee;stroke:#3d7a46}
.group .box{fill:#f1f3f5;stroke:#8a949e}.test .box{fill:#f2eefa;stroke:#6a4ea0}
.transfer .box{stroke-dasharray:5 3}.link{fill:none;stroke:#7b8794}
.mark{fill:none;stroke:#3d4a57;stroke-width:1.4}
.sign{font-size:13px;font-weight:600;text-anchor:middle}.dangerous{fill:#b3261e}.serious{fill:#c2570c}
.moderate{fill:#a88400}.minor{fill:#4b7f52}.any{fill:#5b6875}
"""
# Characters that XML 1.0 has no place for.
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_KEYS: Final[tuple[tuple[NodeKind, str], ...]] = (
    ("perceived", "perceived"), ("gate", "gate_box"), ("event", "event_box"),
    ("fault", "fault_box"), ("transfer", "transfer_box"),
)  # fmt: skip


def svg_page(picture: Picture, page: str, root: Node, language: Language) -> str:
    """One page of a picture. page: "page 2 of 3", empty for the only one. root: what is on it."""
    heading, lines = picture.heading, picture.lines
    layout = lay_out(root)
    width = max(layout.width + 2 * _MARGIN_PX, _NARROWEST_PAGE_PX)
    inner = width - 2 * _MARGIN_PX
    head = wrapped(f"{heading} ({page})" if page else heading, inner / _HEADING_PX, 3)
    top = _MARGIN_PX + 26 * len(head) + 14
    foot = [piece for line in lines for piece in wrapped(line, inner / NOTE_PX, 4)]
    foot += wrapped(picture.reading, inner / NOTE_PX, 4)
    bottom = top + layout.height + 30
    keys = list(_legend(root, bottom + 17 * len(foot), inner, language))
    height = bottom + 17 * len(foot) + 28 * (len(keys) and keys[-1][0] + 1) + _MARGIN_PX
    body = [_text(_MARGIN_PX, _MARGIN_PX + 18 + 26 * n, line, "heading")
            for n, line in enumerate(head)]  # fmt: skip
    body.append(f'<g transform="translate({_MARGIN_PX} {top:g})">{"".join(_tree(layout))}</g>')
    body += [_text(_MARGIN_PX, bottom + 17 * n, line, "line") for n, line in enumerate(foot)]
    body += [part for _, part in keys]
    name = " ".join(head)
    key = hashlib.sha256(f"{name}{page}{language}".encode()).hexdigest()[:10]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="graphics-document document" '
        f'lang="{language}" aria-labelledby="t{key}" aria-describedby="d{key}">'
        f'<title id="t{key}">{_xml(name)}</title>'
        f'<desc id="d{key}">{_xml(_in_words(picture, root))}</desc>'
        f"<style>{_STYLE}</style>"
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(body)}</svg>\n'
    )


def _xml(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text))


def _text(x: float, y: float, content: str, css: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}">{_xml(content)}</text>'


def _in_words(picture: Picture, root: Node) -> str:
    """The tree as an outline; numbers say how deep a line is."""
    outline = [
        f"{depth}. " + ", ".join(p for p in (node.edge, node.title, node.note, node.sign) if p)
        for depth, node in root.walk()
    ]
    return "\n".join([picture.reading, *outline, *picture.lines])


def _tree(layout: Layout) -> Iterator[str]:
    columns: dict[int, float] = {}
    for box in layout.boxes:
        right = box.x + box.width + (GATE_PX if box.node.sign else 0)
        columns[box.depth] = max(columns.get(box.depth, 0.0), right)
    for box in layout.boxes:
        if box.parent is not None:
            yield _link(layout.boxes[box.parent], box, columns[box.depth - 1])
    for box in layout.boxes:
        yield _box(box)


def _link(parent: Box, child: Box, column_right: float) -> str:
    """A line with one bend, which all inputs of a parent share."""
    start = parent.x + parent.width + (GATE_PX if parent.node.sign else 0)
    bend = column_right + 14
    thick = 1.2 + 2.8 * child.node.strength
    line = (
        f'<path class="link" stroke-width="{thick:.1f}" '
        f'd="M{start:.1f} {parent.middle:.1f}H{bend:.1f}V{child.middle:.1f}H{child.x:.1f}"/>'
    )
    if not child.node.edge:
        return line
    return line + _text(bend + 6, child.middle - 4, child.node.edge, "edge")


def _box(box: Box) -> str:
    node = box.node
    round_px = {"fault": 9, "event": box.height / 2, "perceived": 2}.get(node.kind, 3)
    parts = [
        f'<rect class="box" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{round_px:.1f}"/>',
        _mark(node, box.x + PAD_PX, box.middle),
    ]
    y = box.y + PAD_PX + FONT_PX - 3
    for line in box.title:
        parts.append(_text(box.x + PAD_PX + MARK_PX, y, line, "title"))
        y += LINE_PX
    for line in box.note:
        parts.append(_text(box.x + PAD_PX + MARK_PX, y, line, "note"))
        y += LINE_PX
    if node.sign:
        left = box.x + box.width
        parts.append(
            f'<rect class="box" x="{left + 4:.1f}" y="{box.middle - 13:.1f}" '
            f'width="{GATE_PX - 4}" height="26"/>'
            f'<text class="sign" x="{left + 4 + (GATE_PX - 4) / 2:.1f}" '
            f'y="{box.middle + 5:.1f}">{_xml(node.sign)}</text>'
        )
    label = ", ".join(part for part in (node.edge, node.title, node.note, node.sign) if part)
    inner = "".join(parts)
    return (
        f'<g class="{node.kind}" role="graphics-symbol img" aria-label="{_xml(label)}">{inner}</g>'
    )


def _mark(node: Node, x: float, y: float) -> str:
    """The sign in a box: what kind of thing it is (IEC 61025 where that has one). y: its middle."""
    if node.kind == "event":
        return f'<circle class="mark" cx="{x + 5:.1f}" cy="{y:.1f}" r="5"/>'
    if node.kind in ("gate", "perceived"):
        return f'<rect class="mark" x="{x:.1f}" y="{y - 4:.1f}" width="10" height="8"/>'
    corners = {
        "transfer": ((0, 5), (10, 5), (5, -5)),
        "fault": ((0, 0), (5, -6), (10, 0), (5, 6)),
    }.get(node.kind)
    if corners is None:
        return ""
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    css = "mark" if node.kind == "transfer" else node.severity or "any"
    return f'<polygon class="{css}" points="{points}"/>'


def _legend(root: Node, top: float, inner: float, language: Language) -> Iterator[tuple[int, str]]:
    """Row and drawing of each kind of box that the page has."""
    kinds = {node.kind for _, node in root.walk()}
    x, row = 0.0, 0
    for kind, key in _KEYS:
        if kind not in kinds:
            continue
        words = said(key, language)
        width = MARK_PX + NOTE_PX * width_em(words) + 28
        if x and x + width > inner:
            x, row = 0.0, row + 1
        left, middle = _MARGIN_PX + x, top + 8 + 24 * row
        mark = _mark(Node(kind, words), left, middle)
        yield row, f'<g class="{kind}">{mark}{_text(left + MARK_PX, middle + 4, words, "line")}</g>'
        x += width
