"""Drawings as files: one SVG a page, and a page that lists them."""

from collections.abc import Mapping
from html import escape

from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.knowledge_drawing.pages import pages
from tingzhen.diagnosis.knowledge_drawing.phrases import said
from tingzhen.diagnosis.knowledge_drawing.pictures import DrawnKind, picture
from tingzhen.diagnosis.knowledge_drawing.svg import svg_page
from tingzhen.language import Language


def draw(knowledge: KnowledgeBase, kind: DrawnKind, id_: str, language: Language) -> dict[str, str]:
    """File name to SVG of each page of one drawing: gate-overheats.svg, gate-overheats-2.svg ..."""
    shown = picture(knowledge, kind, id_, language)
    parts = pages(shown.root, language)
    drawn = {}
    for place, root in enumerate(parts, 1):
        page = said("page", language, place, len(parts)) if len(parts) > 1 else ""
        name = f"{shown.name}.svg" if place == 1 else f"{shown.name}-{place}.svg"
        drawn[name] = svg_page(shown, page, root, language)
    return drawn


def heading(knowledge: KnowledgeBase, kind: DrawnKind, id_: str, language: Language) -> str:
    """What a drawing shows, in one line."""
    return picture(knowledge, kind, id_, language).heading


def contents_page(headings: Mapping[str, str], language: Language) -> str:
    """An HTML page that leads to the drawings. headings: file name to what it shows."""
    items = "".join(
        f'<li><a href="{escape(name)}">{escape(heading)}</a></li>'
        for name, heading in headings.items()
    )
    title = "知识库图" if language == "zh" else "Drawings of the knowledge base"
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>'
        f"{title}</title><h1>{title}</h1><ul>{items}</ul></html>\n"
    )
